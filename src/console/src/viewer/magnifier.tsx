/** A round glass under the pointer: the pixels of the scanner, twice as large as they are. */
import { useComputed } from "@preact/signals";
import { Picture } from "./picture";
import { toMap, toScreen } from "./place";
import type { Viewing } from "./viewing";

const GLASS_PX = 240;
const TIMES = 2;
/** It is never weaker than this against what is seen around it. */
const AT_LEAST = 3;

export function Magnifier({ viewing }: { viewing: Viewing }) {
  const { unit, place, stage, pointer, tiles, look } = viewing;
  const glass = useComputed(() => ({
    centre: toMap(unit, pointer.value ?? [0, 0]),
    resolution: Math.min(Math.min(unit.x, unit.y) / TIMES, place.value.resolution / AT_LEAST),
  }));
  const [x, y] = toScreen(place.value, unit, stage.value, pointer.value ?? [0, 0]);
  return (
    <div
      class="magnifier"
      hidden={!pointer.value}
      style={{
        width: `${GLASS_PX}px`,
        height: `${GLASS_PX}px`,
        transform: `translate(${x - GLASS_PX / 2}px, ${y - GLASS_PX / 2}px)`,
      }}
    >
      <Picture tiles={tiles} unit={unit} place={glass} look={look} />
      <span class="aim" />
    </div>
  );
}

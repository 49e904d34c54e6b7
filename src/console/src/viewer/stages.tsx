/** The image, alone or with what it is compared with: side by side, parted by a line, or one over the other. */
import { useState } from "preact/hooks";
import { number, t } from "../text";
import type { Comparing, Other } from "./comparison";
import { Magnifier } from "./magnifier";
import { Picture } from "./picture";
import { Stage } from "./stage";
import type { Viewing } from "./viewing";

interface Props {
  viewing: Viewing;
  other: Other | null;
  comparing: Comparing;
  label: string;
  onDrawn: () => void;
}

export function Stages({ viewing, other, comparing, label, onDrawn }: Props) {
  const [busy, setBusy] = useState(true);
  const drawn = () => {
    if (busy) onDrawn();
    setBusy(false);
  };
  const { tiles, unit, place, look } = viewing;
  const mode = other ? comparing.mode.value : null;
  const second = other && (
    <Picture tiles={other.tiles} unit={other.unit} origin={other.origin} place={place} look={look} />
  );
  const name = other?.kind === "expected" ? t("viewer.expected_picture") : (other?.label ?? "");
  return (
    <div class={`stages ${mode ?? "alone"}`} aria-busy={busy}>
      <Stage viewing={viewing} label={label}>
        <Picture
          key={viewing.attempt.value}
          tiles={tiles}
          unit={unit}
          place={place}
          look={look}
          onDrawn={drawn}
        />
        {mode === "swipe" && (
          <div class="over" style={{ clipPath: `inset(0 0 0 ${comparing.split.value * 100}%)` }}>
            {second}
          </div>
        )}
        {mode === "flip" && (
          <div class="over" style={{ visibility: comparing.flipped.value ? "visible" : "hidden" }}>
            {second}
          </div>
        )}
        {viewing.magnifier.value && <Magnifier viewing={viewing} />}
        {mode && mode !== "side" && <p class="stage-name">{nameOver(mode, comparing, name)}</p>}
      </Stage>
      {mode === "side" && (
        <Stage viewing={viewing} label={name} bare>
          {second}
          <p class="stage-name">{name}</p>
        </Stage>
      )}
      {mode === "swipe" && (
        <input
          class="split"
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={comparing.split.value}
          aria-label={t("viewer.split")}
          aria-valuetext={t("viewer.split_is", { share: number(comparing.split.value * 100) })}
          onInput={(event) => {
            comparing.split.value = Number(event.currentTarget.value);
          }}
        />
      )}
    </div>
  );
}

function nameOver(mode: "swipe" | "flip", comparing: Comparing, name: string): string {
  if (mode === "swipe") return t("viewer.on_the_right", { name });
  return comparing.flipped.value ? name : t("viewer.this_scan");
}

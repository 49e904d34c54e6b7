/** What is under the pointer, from the tiles that are here, without a request. */
import { number, t, word } from "../text";
import { arealDensity, type ScanImage, type Tiles } from "./image";
import { edgesOf } from "./style";
import type { Viewing } from "./viewing";

export function Readout({ viewing, expected }: { viewing: Viewing; expected: Tiles | null }) {
  const { image, look, pointer, tiles, place, unit } = viewing;
  const at = pointer.value;
  const values = at && tiles.at(at);
  const scale = Math.min(unit.x, unit.y) / place.value.resolution;
  return (
    <section class="readout" aria-label={t("viewer.readout")}>
      <span>{t("viewer.scale", { scale: number(scale * 100) })}</span>
      <span>
        {t("viewer.window_is", {
          low: number(look.value.window.low, 2),
          high: number(look.value.window.high, 2),
        })}
      </span>
      {at && values && (
        <>
          <span>{t("viewer.position", { x: number(Math.floor(at[0])), y: number(Math.floor(at[1])) })}</span>
          {signalWords(values, image).map((said) => (
            <span key={said}>{said}</span>
          ))}
          {expected && <Expected tiles={expected} at={at} image={image} seen={values[0] as number} />}
        </>
      )}
    </section>
  );
}

/** The signal of the high energy, what it comes to in reference materials, and the material. */
function signalWords(values: Float32Array, image: ScanImage): string[] {
  const signal = values[image.bands.indexOf("high")] as number;
  if (signal < 0) return [t("viewer.not_measured")];
  if (image.grade === "display") return [t("viewer.darkness", { value: number(signal, 3) })];
  const densities = image.areal_density
    .filter(({ material }) => material === "organic" || material === "steel")
    .map((table) => {
      const value = arealDensity(table, signal);
      const material = word("viewer_materials", table.material);
      return value === null
        ? t("viewer.density_beyond", { material, value: number(table.g_cm2.at(-1) ?? 0) })
        : t("viewer.density", { material, value: number(value, 1) });
    });
  return [
    t("viewer.attenuation", { value: number(signal, 3) }),
    ...densities,
    ...materialWord(values, image),
  ];
}

function materialWord(values: Float32Array, image: ScanImage): string[] {
  const edges = edgesOf(image);
  const code = values[image.bands.indexOf("material")];
  if (!edges || code === undefined) return [];
  if (code < 0) return [t("viewer.material_unknown")];
  const group = code < edges.organic ? "organic" : code < edges.mineral ? "mineral" : "metal";
  return [word("viewer_materials", group)];
}

interface ExpectedProps {
  tiles: Tiles;
  at: [number, number];
  image: ScanImage;
  seen: number;
}

/** Median and 10 to 90 % of what the model expected there. */
function Expected({ tiles, at, image, seen }: ExpectedProps) {
  const values = tiles.at(at);
  const bands = image.expected?.bands;
  if (!values || !bands) return null;
  const [low, middle, high] = ["p10", "p50", "p90"].map((band) => values[bands.indexOf(band)] as number);
  if (low === undefined || middle === undefined || high === undefined) return null;
  return (
    <span class={seen > high || seen < low ? "unexpected" : ""}>
      {t("viewer.expected_here", {
        middle: number(middle, 2),
        low: number(low, 2),
        high: number(high, 2),
      })}
    </span>
  );
}

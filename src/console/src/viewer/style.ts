/** How a tile is coloured: one expression for the GPU, steered by variables alone. */
import type { ExpressionValue } from "ol/expr/expression";
import type { Style } from "ol/layer/WebGLTile";
import { HUE_SHADES, HUES, HUES_START, palette, SHADES, tableStart } from "./colours";
import type { Band, ScanImage } from "./image";
import type { Look, Material } from "./look";
import type { Grade } from "./window";

type Expression = ExpressionValue;

/** Thin walls stay visible against air; a display scan has its vendor's curve already. */
const GAMMA = { transmission: 0.7, display: 1 } as const;
const FULL = 65535;
/** Below a transmission of 1.5e-3 nothing is told from noise: the reading calls it not penetrated. */
export const OPAQUE_ALPHA = -Math.log(1.5e-3);
/** How much of a difference from the neighbours is added when edges are enhanced. */
const EDGE_GAIN = 1.5;
/** Of the slow course of attenuation a quarter stays when local contrast is on; the rest is gain. */
const SURROUND_LEFT = 0.25;
const LOCAL_GAIN = 2;
/** So much on average around a place is cargo and not air. */
const CARGO_FROM = 0.15;

/** What the beam did not get through, so that black is not taken for seen. */
const OPAQUE_COLOUR = [140, 0, 110];
/** Neither air nor goods, as in the printed pictures. */
const NOT_MEASURED_COLOUR = [190, 190, 214];
const OPAQUE_PLACE = HUES_START + HUES * HUE_SHADES;
const NOT_MEASURED_PLACE = OPAQUE_PLACE + 1;

const v = (name: string): Expression => ["var", name];

/** What of the look is built into the shader, so that nobody waits for what is switched off. */
export type Features = Pick<Look, "edges" | "local" | "material" | "opaque">;

export const featuresOf = ({ edges, local, material, opaque }: Look): Features => ({
  edges,
  local,
  material,
  opaque,
});

/** The style of an image with these bands; all else of the look are its variables. */
export function styleOf(
  bands: readonly Band[],
  grade: Grade,
  edges: MaterialEdges | null,
  look: Look,
): Style {
  const features = featuresOf(look);
  const high = bands.indexOf("high") + 1;
  const surround = bands.indexOf("surround") + 1;
  const materialBand = bands.indexOf("material") + 1;
  const sharp = features.edges ? edgeEnhanced(high) : (["band", high] as Expression);
  const signal = features.local && surround > 0 ? localContrast(sharp, surround) : sharp;
  const share: Expression = ["clamp", ["/", ["-", signal, v("low")], ["-", v("high"), v("low")]], 0, 1];
  const dark: Expression = GAMMA[grade] === 1 ? share : ["^", share, GAMMA[grade]];
  const darkness: Expression = ["abs", ["-", dark, v("inverted")]];
  const place =
    features.material && edges && materialBand > 0
      ? materialPlace(materialBand, edges, darkness)
      : (["+", v("table"), ["round", ["*", darkness, SHADES - 1]]] as Expression);
  const marked: Expression =
    grade === "transmission" && features.opaque
      ? ["case", [">", ["band", high], OPAQUE_ALPHA], OPAQUE_PLACE, place]
      : place;
  const color: Expression = [
    "palette",
    ["case", ["<", ["band", high], 0], NOT_MEASURED_PLACE, marked],
    [...palette(), OPAQUE_COLOUR, NOT_MEASURED_COLOUR],
  ];
  return { color, variables: variablesOf(look) };
}

function edgeEnhanced(high: number): Expression {
  const around = [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ].map(([dx, dy]): Expression => ["band", high, dx as number, dy as number]);
  const mean: Expression = ["/", ["+", ...around], 4];
  return ["+", ["band", high], ["*", EDGE_GAIN, ["-", ["band", high], mean]]];
}

/** What differs from the surroundings, around the middle of the window; where all around is air, it stays air. */
function localContrast(signal: Expression, surround: number): Expression {
  const cargo: Expression = ["clamp", ["/", ["band", surround], CARGO_FROM], 0, 1];
  const level: Expression = ["*", ["/", ["+", v("low"), v("high")], 2], cargo];
  const slow: Expression = ["+", ["*", level, 1 - SURROUND_LEFT], ["*", ["band", surround], SURROUND_LEFT]];
  return ["+", slow, ["*", ["-", signal, ["band", surround]], LOCAL_GAIN]];
}

/** Where the groups of the material band end, as shares of its range. */
export interface MaterialEdges {
  organic: number;
  mineral: number;
}

/** The edges of the material band as the service codes it; null where the scan has none. */
export function edgesOf({ material_bands: band }: Pick<ScanImage, "material_bands">): MaterialEdges | null {
  if (!band) return null;
  const [organic, mineral] = band.edges.map(({ below_code }) => (below_code ?? FULL) / FULL);
  return { organic: organic ?? 1, mineral: mineral ?? 1 };
}

/** How far beyond its edge a group has its full hue, as a share of the band. */
const PURE = 0.1;

/** Place in the palette: the hue of the material, unless it is switched off; grey where it cannot be told. */
function materialPlace(band: number, edges: MaterialEdges, darkness: Expression): Expression {
  const value: Expression = ["band", band];
  const middle = (edges.organic + edges.mineral) / 2;
  const share: Expression = [
    "interpolate",
    ["linear"],
    value,
    edges.organic - PURE,
    0,
    middle,
    0.5,
    edges.mineral + PURE,
    1,
  ];
  const place: Expression = [
    "+",
    HUES_START,
    ["*", ["round", ["*", HUES - 1, share]], HUE_SHADES],
    ["round", ["*", darkness, HUE_SHADES - 1]],
  ];
  const bare: Expression = ["+", tableStart("grey"), ["*", v("inverted"), SHADES - 1]];
  const grey: Expression = ["+", tableStart("grey"), ["round", ["*", darkness, SHADES - 1]]];
  return [
    "case",
    ["<", value, 0],
    grey,
    ["<", value, edges.organic],
    ["case", ["==", v("organic"), 1], place, bare],
    ["<", value, edges.mineral],
    ["case", ["==", v("mineral"), 1], place, bare],
    ["case", ["==", v("metal"), 1], place, bare],
  ];
}

export type Variables = Record<string, number>;

export function variablesOf(look: Look): Variables {
  const on = (material: Material): number => (look.stripped.includes(material) ? 0 : 1);
  return {
    low: look.window.low,
    high: look.window.high,
    inverted: look.inverted ? 1 : 0,
    table: tableStart(look.colouring),
    organic: on("organic"),
    mineral: on("mineral"),
    metal: on("metal"),
  };
}

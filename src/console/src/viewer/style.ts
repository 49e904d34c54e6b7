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

const OPAQUE_COLOUR = [140, 0, 110];
/** Neither air nor goods, as in the printed pictures. */
const NOT_MEASURED_COLOUR = [190, 190, 214];

const v = (name: string): Expression => ["var", name];

/** The style of an image with these bands. `variables` is what `variablesOf` gives. */
export function styleOf(
  bands: readonly Band[],
  grade: Grade,
  material: MaterialEdges | null,
  variables: Variables,
): Style {
  const high = bands.indexOf("high") + 1;
  const signal = localContrast(edgeEnhanced(high), high, bands.indexOf("surround") + 1);
  const share: Expression = ["clamp", ["/", ["-", signal, v("low")], ["-", v("high"), v("low")]], 0, 1];
  const dark: Expression = ["^", share, GAMMA[grade]];
  const darkness: Expression = ["abs", ["-", dark, v("inverted")]];
  const plain: Expression = ["+", v("table"), ["round", ["*", darkness, SHADES - 1]]];
  const hasMaterial = bands.includes("material") && material !== null;
  const place = hasMaterial ? materialPlace(bands.indexOf("material") + 1, material, darkness, plain) : plain;
  const coloured: Expression = ["palette", place, palette()];
  const seen: Expression =
    grade === "display" ? coloured : ["case", isOpaque(high), ["color", ...OPAQUE_COLOUR], coloured];
  const color: Expression = ["case", ["<", ["band", high], 0], ["color", ...NOT_MEASURED_COLOUR], seen];
  return { color, variables };
}

/** What the beam did not get through, so that black is not taken for seen. */
const isOpaque = (high: number): Expression => [
  "all",
  ["==", v("opaque"), 1],
  [">", ["band", high], OPAQUE_ALPHA],
];

function edgeEnhanced(high: number): Expression {
  const around = [
    [-1, 0],
    [1, 0],
    [0, -1],
    [0, 1],
  ].map(([dx, dy]): Expression => ["band", high, dx as number, dy as number]);
  const mean: Expression = ["/", ["+", ...around], 4];
  return ["+", ["band", high], ["*", v("edges"), EDGE_GAIN, ["-", ["band", high], mean]]];
}

/** Without it the signal as it is; with it what differs from the surroundings, around the middle of the window. */
function localContrast(signal: Expression, high: number, surround: number): Expression {
  if (surround === 0) return signal;
  const level: Expression = ["/", ["+", v("low"), v("high")], 2];
  const slow: Expression = ["+", ["*", level, 1 - SURROUND_LEFT], ["*", ["band", surround], SURROUND_LEFT]];
  const fast: Expression = ["*", ["-", signal, ["band", surround]], LOCAL_GAIN];
  return ["case", ["all", ["==", v("local"), 1], [">", ["band", high], 0.05]], ["+", slow, fast], signal];
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
function materialPlace(
  band: number,
  edges: MaterialEdges,
  darkness: Expression,
  plain: Expression,
): Expression {
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
    ["==", v("material"), 0],
    plain,
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
    edges: look.edges ? 1 : 0,
    local: look.local ? 1 : 0,
    opaque: look.opaque ? 1 : 0,
    material: look.material ? 1 : 0,
    organic: on("organic"),
    mineral: on("mineral"),
    metal: on("metal"),
  };
}

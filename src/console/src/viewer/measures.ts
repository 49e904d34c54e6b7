/** Asking the service to measure, and its answer in words. */
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { number, t, word } from "../text";
import { toldByCode } from "../wording";

type Schemas = components["schemas"];
export type MeasuredOnScan = Schemas["MeasuredOnScan"];
export type Profile = Schemas["Profile"];
type Asked = Schemas["MeasureAsked"];
type Undetermined = Schemas["Undetermined"];
type Interval = Schemas["Interval"];
type Mass = Schemas["Mass"];

export async function measure(scan: string, asked: Asked, signal: AbortSignal): Promise<MeasuredOnScan> {
  const answer = await api.POST("/v1/scans/{scan_id}/measure", {
    params: { path: { scan_id: scan } },
    body: asked,
    signal,
  });
  return dataOf(answer) as unknown as MeasuredOnScan;
}

/** A line of the answer: a value, perhaps with a note; or a reason why there is none. */
export interface Fact {
  name: string;
  value?: string;
  note?: string;
  reason?: string;
}

const isUnknown = (value: object): value is Undetermined => "undetermined" in value;

const whyNot = ({ undetermined, reason }: Undetermined): string =>
  toldByCode(`${undetermined}: ${reason}`) ?? reason;

/** `said` gives the value of what is known; nothing where the measure does not apply. */
function fact<Value extends object>(
  name: string,
  value: Value | Undetermined | null | undefined,
  said: (value: Value) => Omit<Fact, "name">,
): Fact[] {
  if (!value) return [];
  if (isUnknown(value)) return [{ name, reason: whyNot(value) }];
  return [{ name, ...said(value as Value) }];
}

/** What is most asked for comes first; what cannot be said for one reason is one line, at the end. */
export function factsOf(measured: MeasuredOnScan): Fact[] {
  const all = allFacts(measured);
  const unknown = new Map<string, string[]>();
  for (const { name, reason } of all)
    if (reason !== undefined) unknown.set(reason, [...(unknown.get(reason) ?? []), name]);
  return [
    ...all.filter(({ reason }) => reason === undefined),
    ...[...unknown].map(([reason, names]) => ({ name: names.join(", "), reason })),
  ];
}

function allFacts(measured: MeasuredOnScan): Fact[] {
  const densities = measured.areal_density;
  return [
    ...fact(t("viewer.mass"), measured.mass_kg, massFact),
    ...(isUnknown(densities)
      ? fact(t("viewer.areal_density"), densities, () => ({}))
      : densities.flatMap((each) =>
          each.material === "organic" || each.material === "steel" ? [densityFact(each)] : [],
        )),
    ...fact(t("viewer.attenuation_is"), measured.attenuation, ({ mean, p10, p90 }) => ({
      value: number(mean, 3),
      note: t("viewer.from_to", { low: number(p10, 3), high: number(p90, 3) }),
    })),
    ...fact(t("viewer.material"), measured.material, (seen) => ({
      value: word("viewer_materials", seen.kind.split(" ")[0] ?? seen.kind),
      note: t("viewer.atomic_number", {
        value: number(seen.atomic_number, 0),
        range: seen.atomic_number_high
          ? t("viewer.from_to", {
              low: number(seen.atomic_number_low, 0),
              high: number(seen.atomic_number_high, 0),
            })
          : t("viewer.at_least", { value: number(seen.atomic_number_low, 0) }),
      }),
    })),
    ...fact(t("viewer.added"), measured.added, (added) => ({
      value: t("viewer.g_cm2", { value: number(added.g_cm2, 1) }),
      note: isUnknown(added.mass_kg) ? whyNot(added.mass_kg) : (massFact(added.mass_kg).note ?? ""),
    })),
    ...fact(t("viewer.area_is"), measured.area_mm2, ({ estimate, low, high }) => ({
      value: t("viewer.area_m2", { area: number(estimate / 1e6, 3) }),
      ...interval({ estimate, low, high }, 1e6, 3),
    })),
    ...fact(t("viewer.line_length"), measured.length_mm, (length) => ({
      value: t("viewer.length_mm", { length: number(length.estimate) }),
      ...interval(length, 1, 0),
    })),
    ...missing(measured),
  ];
}

function massFact({ estimate, low, high, materials }: Mass): Omit<Fact, "name"> {
  const size = Math.max(Math.abs(estimate), Math.abs(low));
  const digits = size < 10 ? 2 : size < 100 ? 1 : 0;
  const range =
    high === null
      ? t("viewer.at_least", { value: number(low, digits) })
      : t("viewer.from_to", { low: number(low, digits), high: number(high, digits) });
  const what = materials.map((material) => word("viewer_materials", material)).join(", ");
  return {
    value: t("viewer.kg", { mass: number(estimate, digits) }),
    note: t("viewer.mass_range", { range, materials: what }),
  };
}

function densityFact({ material, g_cm2, at_least }: Schemas["ArealDensityAs"]): Fact {
  const value = number(g_cm2.mean, 1);
  return {
    name: t("viewer.density_if", { material: word("viewer_materials", material) }),
    value: at_least ? t("viewer.at_least_g_cm2", { value }) : t("viewer.g_cm2", { value }),
    note: t("viewer.from_to", { low: number(g_cm2.p10, 1), high: number(g_cm2.p90, 1) }),
  };
}

function interval({ estimate, low, high }: Interval, scale: number, digits: number): { note?: string } {
  if (low === estimate && high === estimate) return {};
  return {
    note: t("viewer.from_to", { low: number(low / scale, digits), high: number(high / scale, digits) }),
  };
}

/** How much of the shape says nothing. */
function missing({ not_measured, not_penetrated }: MeasuredOnScan): Fact[] {
  const share = (name: string, value: number | null): Fact[] =>
    value ? [{ name, value: t("viewer.percent", { share: number(value * 100, 1) }) }] : [];
  return [
    ...share(t("viewer.share_not_penetrated"), not_penetrated),
    ...share(t("viewer.share_not_measured"), not_measured),
  ];
}

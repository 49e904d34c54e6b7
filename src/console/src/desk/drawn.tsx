/** The regions that the officer drew, each with what it is labelled as. */
import { t } from "../text";
import type { DrawnRegion, ViewerHandle } from "../viewer/handle";
import { KeyHint } from "./key_hint";
import { ToRegion } from "./to_region";
import type { DeskChoices } from "./types";
import { family, saidAs } from "./words";

interface Props {
  viewer: ViewerHandle;
  choices: DeskChoices;
}

export function Drawn({ viewer, choices }: Props) {
  const regions = viewer.drawn.value;
  const put = (id: string, change: Partial<DrawnRegion>) => {
    viewer.drawn.value = regions.map((each) => (each.id === id ? { ...each, ...change } : each));
  };
  return (
    <section aria-label={t("desk.drawn")} class="drawn">
      <div class="row">
        {(["box", "polygon"] as const).map((kind) => (
          <button
            key={kind}
            type="button"
            class="small"
            aria-pressed={viewer.drawing.value === kind}
            onClick={() => {
              viewer.drawing.value = viewer.drawing.value === kind ? null : kind;
            }}
          >
            {t(`desk.draw_${kind}`)} <KeyHint of={`viewer.draw_${kind}`} />
          </button>
        ))}
        <span class="quiet">{regions.length === 0 ? t("desk.none_drawn") : ""}</span>
      </div>
      <ul class="rows">
        {regions.map((region) => (
          <li key={region.id} class={viewer.shown.value === region.id ? "chosen" : undefined}>
            <div class="row">
              <ToRegion id={region.id} viewer={viewer}>
                {region.id}
              </ToRegion>
              <select
                aria-label={t("desk.family_of", { id: region.id })}
                data-label={region.id}
                value={region.family ?? ""}
                onChange={(event) => put(region.id, { family: event.currentTarget.value || null })}
              >
                <option value="">{t("desk.no_family")}</option>
                {choices.families.map((code) => (
                  <option key={code} value={code}>
                    {family(code)}
                  </option>
                ))}
              </select>
              <select
                aria-label={t("desk.commodity_of", { id: region.id })}
                value={region.commodity ?? ""}
                onChange={(event) => put(region.id, { commodity: event.currentTarget.value || null })}
              >
                <option value="">{t("desk.no_commodity")}</option>
                {choices.commodities.map(({ code, in_words }) => (
                  <option key={code} value={code}>
                    {saidAs("desk_commodities", code, in_words)}
                  </option>
                ))}
              </select>
              <button
                type="button"
                class="small"
                aria-label={t("desk.remove_region", { id: region.id })}
                onClick={() => {
                  viewer.drawn.value = regions.filter(({ id }) => id !== region.id);
                }}
              >
                ×
              </button>
            </div>
            <input
              aria-label={t("desk.comment_of", { id: region.id })}
              placeholder={t("desk.region_comment")}
              value={region.comment}
              maxLength={2000}
              onInput={(event) => put(region.id, { comment: event.currentTarget.value })}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A region of the machine, taken over as one of the officer's own, to be kept or corrected. */
export function takenOver(
  drawn: readonly DrawnRegion[],
  finding: { id: string; kind: string; box: readonly number[] },
): DrawnRegion {
  const taken = drawn.map(({ id }) => Number(/^D(\d+)$/.exec(id)?.[1] ?? 0));
  const [x = 0, y = 0, width = 0, height = 0] = finding.box;
  return {
    id: `D${Math.max(0, ...taken) + 1}`,
    kind: "box",
    points: [
      [x, y],
      [x + width, y + height],
    ],
    family: finding.kind,
    commodity: null,
    comment: "",
  };
}

/** The marked places of the sheets, each with its close-up: was it there? */
import { t } from "../text";
import { Choices } from "./choices";
import { type Draft, type Region, regionKey, regionsOf, type Sheet } from "./result";

const ANSWERS = [
  ["there", true],
  ["not_there", false],
  ["not_looked", null],
] as const;

export function Places({
  sheets,
  draft,
  say,
}: {
  sheets: Sheet[];
  draft: Draft;
  say: (sheet: Sheet, region: Region, there: boolean | null) => void;
}) {
  const found = draft.outcome === "found" || draft.outcome === "discrepancy";
  const answers = found ? ANSWERS : ANSWERS.filter(([, value]) => value !== true);
  return (
    <>
      {sheets.map((sheet) =>
        regionsOf(sheet).map((region) => {
          const key = regionKey(sheet.scan, region.id);
          const chosen = ANSWERS.find(([, value]) => value === draft.regions[key])?.[0] ?? null;
          return (
            <section class="place" key={key} aria-label={region.id}>
              <h2>
                <span class={`id ${region.source}`}>{region.id}</span> {region.in_words.title}
              </h2>
              <p>{region.in_words.where.slice(0, 2).join(" · ")}</p>
              {region.image_box && (
                <img
                  src={`/v1/scans/${sheet.scan}/sheet/close-ups/${region.id}`}
                  alt={t("sheet.close_up", { region: region.id })}
                  loading="lazy"
                />
              )}
              <Choices
                small
                name={key}
                legend={t("control.places")}
                chosen={chosen}
                choose={(answer) =>
                  say(sheet, region, ANSWERS.find(([name]) => name === answer)?.[1] ?? null)
                }
                of={answers.map(([value]) => ({ value, text: t(`control.${value}`) }))}
              />
            </section>
          );
        }),
      )}
    </>
  );
}

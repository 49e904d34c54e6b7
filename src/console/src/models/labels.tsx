/** Labels by origin. What people think and what controls found are two things, and stand in two tables. */
import { useState } from "preact/hooks";
import { api, dataOf, patiently } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { number, t, word } from "../text";
import type { LabelCount } from "./parts";
import { Span } from "./span";

const SPANS = [7, 30, 90, 365];
const ALL = "";

export function Labels() {
  const [days, setDays] = useState(90);
  const [site, setSite] = useState(ALL);
  const labels = useLoaded(
    async (signal) => {
      const since = new Date(Date.now() - days * 86_400_000).toISOString();
      return dataOf(
        await api.GET("/v1/models/labels", { signal, fetch: patiently, params: { query: { since } } }),
      );
    },
    [days],
  );
  return (
    <section aria-labelledby="labels">
      <div class="choices">
        <h2 id="labels">{t("models.labels")}</h2>
        <Span spans={SPANS} days={days} onChoose={setDays} />
        <label>
          {t("models.site")}{" "}
          <select value={site} onChange={(event) => setSite(event.currentTarget.value)}>
            <option value={ALL}>{t("models.all_sites")}</option>
            {[...new Set(labels.data?.counts.map((each) => each.site))].map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Shown of={labels}>
        {(found) => {
          const counts = summed(found.counts, site);
          if (counts.length === 0) return <Empty>{t("models.no_labels")}</Empty>;
          return (
            <>
              <Counts
                title={t("models.outcomes")}
                note={t("models.outcomes_note")}
                counts={counts.filter((each) => !each.is_opinion)}
              />
              <Counts
                title={t("models.opinions")}
                note={t("models.opinions_note")}
                counts={counts.filter((each) => each.is_opinion)}
              />
            </>
          );
        }}
      </Shown>
    </section>
  );
}

/** Over all sites, or those of one. */
function summed(counts: LabelCount[], site: string): LabelCount[] {
  const all = new Map<string, LabelCount>();
  for (const each of counts) {
    if (site !== ALL && each.site !== site) continue;
    const key = JSON.stringify([each.origin, each.answer, each.family]);
    const before = all.get(key);
    all.set(key, {
      ...each,
      entries: each.entries + (before?.entries ?? 0),
      regions: each.regions + (before?.regions ?? 0),
    });
  }
  return [...all.values()];
}

function Counts({ title, note, counts }: { title: string; note: string; counts: LabelCount[] }) {
  return (
    <>
      <h3>{title}</h3>
      <p class="quiet">{note}</p>
      {counts.length === 0 ? (
        <Empty>{t("models.no_labels")}</Empty>
      ) : (
        <table class="labels">
          <thead>
            <tr>
              <th scope="col">{t("models.origin")}</th>
              <th scope="col">{t("models.answer")}</th>
              <th scope="col">{t("models.family")}</th>
              <th scope="col" class="number">
                {t("models.entries")}
              </th>
              <th scope="col" class="number">
                {t("models.regions")}
              </th>
            </tr>
          </thead>
          <tbody>
            {counts.map((each) => (
              <tr
                key={`${each.origin} ${each.answer} ${each.family}`}
                class={each.family === null ? "total" : ""}
              >
                <th scope="row">{t(`models.origin_${each.origin}`)}</th>
                <td>{word("models", `answer_${each.answer}`)}</td>
                <td>{familyName(each.family)}</td>
                <td class="number">{number(each.entries)}</td>
                <td class="number">{number(each.regions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function familyName(family: string | null): string {
  if (family === null) return t("models.all_families");
  return family === "" ? t("models.unnamed_family") : word("families", family);
}

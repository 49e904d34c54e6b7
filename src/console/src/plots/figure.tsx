/** A plot with its title, its legend, its numbers as a table, and the way to take them along. */
import type { ComponentChildren } from "preact";
import { t } from "../text";
import { csvOf, download } from "./csv";
import "./plots.css";
import { Scrolled } from "./scrolled";
import { isEmpty, type PlotData, shownValue } from "./series";

export function Figure({
  data,
  note,
  children,
}: {
  data: PlotData;
  note?: string;
  children: ComponentChildren;
}) {
  const file = `${data.title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`;
  return (
    <figure class="panel plotted">
      <figcaption>
        <h3>{data.title}</h3>
        {note && <p>{note}</p>}
      </figcaption>
      {isEmpty(data) ? <p class="nothing">{t("plots.nothing")}</p> : children}
      {data.series.length > 1 && <Legend data={data} />}
      <div class="numbers">
        <details>
          <summary>{t("plots.numbers")}</summary>
          <Scrolled name={data.title}>
            <Numbers data={data} />
          </Scrolled>
        </details>
        <button type="button" onClick={() => download(file, csvOf(data))}>
          CSV<span class="unseen">: {data.title}</span>
        </button>
      </div>
    </figure>
  );
}

function Legend({ data }: { data: PlotData }) {
  return (
    <ul class="legend" aria-hidden="true">
      {data.series.map((each) => (
        <li key={each.name}>
          <span class={`swatch ${each.look}`} /> {each.name}
        </li>
      ))}
    </ul>
  );
}

export function Numbers({ data }: { data: PlotData }) {
  return (
    <table>
      <caption class="unseen">{data.title}</caption>
      <thead>
        <tr>
          <th scope="col">{data.along}</th>
          {data.series.map((each) => (
            <th key={each.name} scope="col" class="number">
              {each.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {data.places.map((place, at) => (
          <tr key={place.key}>
            <th scope="row">{place.shown}</th>
            {data.series.map((each) => (
              <td key={each.name} class="number" data-value={each.values[at] ?? ""}>
                {shownValue(each.values[at], data.unit)}
                {each.low?.[at] != null && (
                  <small>
                    {" "}
                    ({shownValue(each.low[at], data.unit)} – {shownValue(each.high?.[at], data.unit)})
                  </small>
                )}
                {each.of && <small> {t("plots.of", { count: each.of[at] ?? 0 })}</small>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

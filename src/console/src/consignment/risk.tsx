/** What the risk is made of: what each indicator weighs, what its group lets count, and the risk after it. */
import { score } from "../queue/lane";
import { t, word } from "../text";
import type { RiskRecord } from "./case";

const nats = (value: number): string => `${value > 0 ? "+" : ""}${score(value)}`;

export function RiskTable({ record }: { record: RiskRecord }) {
  const { table } = record;
  return (
    <section aria-labelledby="risk">
      <h2 id="risk">{t("consignment.risk")}</h2>
      <table>
        <thead>
          <tr>
            <th>{t("consignment.indicator")}</th>
            <th>{t("consignment.code")}</th>
            <th class="number">{t("consignment.weight")}</th>
            <th class="number">{t("consignment.added")}</th>
            <th class="number">{t("consignment.risk_after")}</th>
          </tr>
        </thead>
        <tbody>
          {table.rows.flatMap((row) => {
            const step = word("consignment", `step_${row.step}`);
            if (row.indicators.length === 0)
              return [
                <tr key={row.step}>
                  <td>{step}</td>
                  <td />
                  <td class="number">{nats(row.added_nats)}</td>
                  <td class="number">{nats(row.added_nats)}</td>
                  <td class="number">{row.score === null ? "" : score(row.score)}</td>
                </tr>,
              ];
            return row.indicators.map((each, place) => (
              <tr key={`${row.step} ${each.code} ${place}`}>
                <td>
                  {word("indicators", each.code)}
                  {each.first_scan && (
                    <>
                      {" "}
                      <a href={`/console/scans/${each.first_scan}`}>
                        {each.first_number ?? each.first_scan.slice(0, 8)}
                      </a>
                    </>
                  )}
                </td>
                <td class="quiet">{each.code}</td>
                <td class="number">{nats(each.before_cap ?? each.weight)}</td>
                <td class="number">{nats(each.weight)}</td>
                <td class="number">
                  {place === row.indicators.length - 1 && row.score !== null ? score(row.score) : ""}
                </td>
              </tr>
            ));
          })}
        </tbody>
      </table>
      <p class="quiet">{t("consignment.worst_counts")}</p>
    </section>
  );
}

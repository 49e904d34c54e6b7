/** Numbers and seals, before anything is opened. */
import { t } from "../text";
import { regionsOf, type Sheet } from "./result";

export function ToCheck({ sheets }: { sheets: Sheet[] }) {
  if (sheets.length === 0) return <p class="quiet">{t("control.no_scans")}</p>;
  const lines = sheets.flatMap((sheet) => sheet.checks.map((line) => `${line.label}: ${line.value}`));
  return (
    <details class="to-check" open>
      <summary>{t("control.to_check")}</summary>
      <ul>
        {[...new Set(lines)].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {sheets
        .filter((sheet) => !sheet.assessed)
        .map((sheet) => (
          <p class="not-assessed" key={sheet.scan}>
            {sheet.labels.not_assessed}: {sheet.not_assessed[0]}
          </p>
        ))}
      {sheets.some((sheet) => regionsOf(sheet).length === 0) && (
        <p class="quiet">{sheets[0]?.labels.no_regions}</p>
      )}
    </details>
  );
}

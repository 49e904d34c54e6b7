/** What the hashes of an audit are of: files as they came, models, readings. */
import { number, t, time } from "../text";
import type { Trail } from "./timeline";

export function Evidence({ trail }: { trail: Trail }) {
  return (
    <section class="evidence" aria-labelledby="evidence">
      <h2 id="evidence">{t("audit.hashes")}</h2>
      <table>
        <caption>{t("audit.files")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("audit.file")}</th>
            <th scope="col" class="number">
              {t("audit.bytes")}
            </th>
            <th scope="col">SHA-256</th>
            <th scope="col">{t("audit.intact")}</th>
          </tr>
        </thead>
        <tbody>
          {trail.files.map((file) => (
            <tr key={`${file.kind} ${file.name}`}>
              <th scope="row">
                {file.name} <span class="quiet">{file.kind}</span>
              </th>
              <td class="number">{number(file.size_bytes)}</td>
              <td>
                <code>{file.sha256}</code>
              </td>
              <td>
                <Intact intact={file.intact ?? null} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>{t("audit.readings")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("audit.reading")}</th>
            <th scope="col">{t("audit.reading_hash")}</th>
            <th scope="col">{t("audit.model")}</th>
            <th scope="col">{t("audit.thresholds")}</th>
            <th scope="col" class="number">
              {t("audit.declaration")}
            </th>
            <th scope="col">{t("audit.software")}</th>
          </tr>
        </thead>
        <tbody>
          {trail.readings.map((reading) => (
            <tr key={reading.revision}>
              <th scope="row">
                {reading.revision} <span class="quiet">{time(reading.at)}</span>
              </th>
              <td>
                <code>{reading.sha256}</code>
              </td>
              <td>
                {reading.model.name} {reading.model.version} <code>{reading.model.sha256}</code>
              </td>
              <td>{reading.thresholds ?? "–"}</td>
              <td class="number">{reading.declaration_version}</td>
              <td>{reading.software}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        {t("audit.whole")} <code>{trail.sha256}</code>
      </p>
    </section>
  );
}

function Intact({ intact }: { intact: boolean | null }) {
  if (intact === null) return <span class="quiet">{t("audit.not_checked")}</span>;
  return (
    <strong class={intact ? "whole" : "broken"}>{t(intact ? "audit.whole_bytes" : "audit.changed")}</strong>
  );
}

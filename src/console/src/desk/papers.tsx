/** Who and what: the consignment, its goods item by item, what it was selected for. */
import { t } from "../text";
import { Outcome } from "./machine";
import type { DeskScan, ItemShown } from "./types";
import { kg, score } from "./words";

export function Papers({ scan }: { scan: DeskScan }) {
  const { declaration: papers } = scan;
  const lines = papers
    ? [
        [t("desk.consignor"), papers.consignor?.name],
        [t("desk.consignee"), papers.consignee?.name],
        [t("desk.route"), papers.countriesOfRouting?.join(" → ")],
        [t("desk.seals"), papers.transportEquipment?.flatMap((each) => each.seals ?? []).join(", ")],
      ].filter(([, said]) => said)
    : [];
  return (
    <section aria-label={t("desk.papers")}>
      <h2>
        {scan.consignment && scan.record ? (
          <a href={`/console/consignments/${encodeURIComponent(scan.consignment)}`}>{scan.consignment}</a>
        ) : (
          (scan.consignment ?? t("desk.no_consignment"))
        )}
      </h2>
      <p class="marks">{scan.marks.join(" · ") || t("desk.no_marks")}</p>
      {lines.length > 0 && (
        <dl class="facts">
          {lines.map(([name, said]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{said}</dd>
            </div>
          ))}
        </dl>
      )}
      {scan.selected.map((line) => (
        <p key={line} class="why">
          {line}
        </p>
      ))}
      {papers ? (
        <Goods items={scan.items} />
      ) : (
        scan.consignment && <p class="quiet">{t("desk.undeclared")}</p>
      )}
    </section>
  );
}

function Goods({ items }: { items: readonly ItemShown[] }) {
  return (
    <table class="dense goods">
      <caption class="unseen">{t("desk.goods")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("desk.item")}</th>
          <th scope="col" class="number">
            {t("desk.mass")}
          </th>
          <th scope="col">{t("desk.image_says")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={item.number}>
            <td>
              {item.number}. {item.description ?? t("desk.no_description")}
              <span class="quiet">
                {" "}
                {item.code ?? t("desk.no_code")}
                {item.origin && ` · ${item.origin}`}
                {item.packages !== null && ` · ${t("desk.packages", { count: item.packages })}`}
              </span>
            </td>
            <td class="number">{item.gross_mass_kg === null ? t("desk.none") : kg(item.gross_mass_kg)}</td>
            <td>
              {item.outcome && <Outcome of={item.outcome} />}
              {item.sightings.map((seen) => (
                <p key={seen.unit} class="quiet">
                  {t(`desk.sight_${seen.sight}`, { items: seen.looks_like.join(", ") })}
                  {seen.probability !== null && ` (${score(seen.probability)})`}
                </p>
              ))}
              {item.outcome && item.sightings.length === 0 && <p class="quiet">{t("desk.sight_none")}</p>}
              {item.faults.map((fault) => (
                <p key={fault}>{fault}</p>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

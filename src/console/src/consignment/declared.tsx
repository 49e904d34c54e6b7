/** What is declared, item by item, and what verdicts say of each. */

import { Coded, Said } from "../parts/said";
import { number, t, time, word } from "../text";
import { type Declaration, isRead, type RiskRecord, type Scan } from "./case";
import { type SaidOfItem, saidOfGoods, saidOfItem } from "./verdicts";

export function Declared({
  declaration,
  record,
  scans,
}: {
  declaration: Declaration | null;
  record: RiskRecord | null;
  scans: Scan[];
}) {
  if (!declaration)
    return (
      <section aria-labelledby="declared">
        <h2 id="declared">{t("consignment.declared")}</h2>
        <p class="quiet">{t("consignment.no_declaration")}</p>
      </section>
    );
  const verdicts = scans.filter(isRead).flatMap((scan) => scan.verdicts);
  const ofAll = saidOfGoods(verdicts);
  return (
    <section aria-labelledby="declared">
      <h2 id="declared">
        {t("consignment.declared")}{" "}
        {record && (
          <span class="quiet">{t("consignment.version", { version: record.declaration_version })}</span>
        )}
      </h2>
      <Facts declaration={declaration} />
      <table>
        <thead>
          <tr>
            <th class="number">{t("consignment.item")}</th>
            <th>{t("consignment.goods")}</th>
            <th>{t("consignment.hs")}</th>
            <th class="number">{t("consignment.gross")}</th>
            <th class="number">{t("consignment.packages")}</th>
            <th>{t("consignment.origin")}</th>
            <th>{t("consignment.verdicts")}</th>
          </tr>
        </thead>
        <tbody>
          {(declaration.goodsItems ?? []).map((item) => {
            const packages = (item.packaging ?? []).flatMap((each) => each.numberOfPackages ?? []);
            const named = saidOfItem(verdicts, item.goodsItemNumber);
            const remarks =
              record?.remarks?.filter((each) => each.goodsItemNumber === item.goodsItemNumber) ?? [];
            return (
              <tr key={item.goodsItemNumber}>
                <td class="number">{item.goodsItemNumber}</td>
                <td>{item.descriptionOfGoods}</td>
                <td>{item.commodityCode?.harmonizedSystemSubHeadingCode}</td>
                <td class="number">{item.grossMass == null ? "" : number(item.grossMass, 1)}</td>
                <td class="number">
                  {packages.length ? number(packages.reduce((sum, each) => sum + each, 0)) : ""}
                </td>
                <td>{item.countryOfOrigin}</td>
                <td>
                  {(named.length ? named : ofAll).map((said, place) => (
                    <OfItem key={place} said={said} />
                  ))}
                  {remarks.map((remark) => (
                    <p key={remark.text} class="differs">
                      <Coded reason={`${remark.code}: ${remark.text}`} />
                    </p>
                  ))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {(record?.remarks ?? [])
        .filter((remark) => remark.goodsItemNumber == null)
        .map((remark) => (
          <p key={remark.text} class="differs">
            <Coded reason={`${remark.code}: ${remark.text}`} />
          </p>
        ))}
    </section>
  );
}

function OfItem({ said }: { said: SaidOfItem }) {
  return (
    <p class={said.outcome}>
      <b>{word("consignment", `rule_${said.rule}`)}</b>{" "}
      {said.sight ? (
        word("consignment", `sight_${said.sight}`)
      ) : (
        <Said english={said.words ?? ""} sentences={said.said} />
      )}
    </p>
  );
}

/** Numbers, offices, units and the way: what is not of one item. */
function Facts({ declaration }: { declaration: Declaration }) {
  const units = [
    ...(declaration.transportEquipment ?? []).map((each) =>
      [
        each.containerIdentificationNumber,
        each.containerSizeAndType,
        each.seals?.length ? t("consignment.seals", { seals: each.seals.join(", ") }) : null,
      ]
        .filter(Boolean)
        .join(" "),
    ),
    ...(declaration.transportMeans ?? []).map((each) =>
      [each.identificationNumber, each.nationality].filter(Boolean).join(" "),
    ),
  ];
  const offices = (declaration.customsOffices ?? []).map((office) =>
    [office.referenceNumber, office.arrivalDateAndTimeEstimated && time(office.arrivalDateAndTimeEstimated)]
      .filter(Boolean)
      .join(", "),
  );
  const way = [declaration.placeOfLoading, ...(declaration.countriesOfRouting ?? [])]
    .filter(Boolean)
    .join(" → ");
  const facts: [string, string | null | undefined][] = [
    ["MRN", declaration.MRN],
    ["LRN", declaration.LRN],
    [t("consignment.document"), declaration.transportDocument?.documentNumber],
    [t("consignment.units"), units.join("; ")],
    [t("consignment.offices"), offices.join("; ")],
    [t("consignment.way"), way],
    [
      t("consignment.total_gross"),
      declaration.totalGrossMass == null ? null : `${number(declaration.totalGrossMass, 1)} kg`,
    ],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

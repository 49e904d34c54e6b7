/** Who consigns and who receives, and what became of their other consignments. */
import { Lane } from "../queue/lane";
import { pageOf } from "../queue/table";
import { t, time, word } from "../text";
import type { Case } from "./case";

export function PartiesKnown({ parties }: { parties: NonNullable<Case["parties"]> }) {
  return (
    <section aria-labelledby="parties">
      <h2 id="parties">{t("consignment.parties")}</h2>
      {parties.length === 0 && <p class="quiet">{t("consignment.no_parties")}</p>}
      {parties.map((party) => (
        <div key={party.role}>
          <p>
            {word("consignment", `role_${party.role}`)}: <b>{party.name}</b> {party.identification_number}
          </p>
          <p class="quiet">
            {party.history
              ? t("consignment.party_history", {
                  consignments: party.history.consignments ?? 0,
                  scanned: party.history.scanned ?? 0,
                  opened: party.history.opened ?? 0,
                  finds: party.history.finds ?? 0,
                })
              : t("consignment.party_unknown")}
          </p>
          {party.earlier.length > 0 && (
            <ul>
              {party.earlier.map((each) => (
                <li key={`${each.consignment} ${each.role}`}>
                  <Lane of={each} /> <a href={pageOf(each.consignment)}>{each.consignment}</a> {each.declared}{" "}
                  <span class="quiet">{time(each.came_at)}</span>{" "}
                  {each.opened && (
                    <b class={each.found ? "differs" : undefined}>
                      {t(each.found ? "consignment.opened_found" : "consignment.opened_nothing")}
                    </b>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
      ))}
    </section>
  );
}

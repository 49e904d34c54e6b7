/** On what the thresholds rest that count at this place, and what the budgets of its sites make of them. */
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { number, t, time } from "../text";
import { type ModelList, percent, plain, type SiteBudgets } from "./parts";

export function Here({ list }: { list: ModelList }) {
  const budgets = useLoaded(async (signal) => dataOf(await api.GET("/v1/models/budgets", { signal })), []);
  return (
    <>
      <Groups list={list} />
      <section aria-labelledby="budgets">
        <h2 id="budgets">{t("models.budgets")}</h2>
        <Shown of={budgets}>{(found) => <Budgets found={found} />}</Shown>
      </section>
    </>
  );
}

function Groups({ list }: { list: ModelList }) {
  return (
    <section aria-labelledby="groups">
      <h2 id="groups">{t("models.groups_here")}</h2>
      <p class="quiet">{t("models.of_newest", { count: list.of_scans })}</p>
      {list.groups_here.length === 0 ? (
        <Empty>{t("models.no_groups")}</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("models.scanner")}</th>
              <th scope="col">{t("models.group")}</th>
              <th scope="col">{t("models.calibrated")}</th>
              <th scope="col" class="number">
                {t("models.threshold")}
              </th>
              <th scope="col" class="number">
                {t("models.benign_scans")}
              </th>
              <th scope="col" class="number">
                {t("models.scans")}
              </th>
            </tr>
          </thead>
          <tbody>
            {list.groups_here.map((each) => (
              <tr key={`${each.scanner} ${each.group} ${each.used}`}>
                <th scope="row">{each.scanner || t("models.unnamed_scanner")}</th>
                <td>{each.group}</td>
                <td>
                  <span class={`outcome ${each.calibrated_here ? "met" : "too_few"}`}>
                    {each.calibrated_here ? t("models.calibrated_here") : t("models.not_calibrated_here")}
                  </span>{" "}
                  {t(`models.standing_${each.standing}`, { used: each.used })}
                </td>
                <td class="number">{plain(each.threshold)}</td>
                <td class="number">{plain(each.benign_scans, 0)}</td>
                <td class="number">{number(each.scans)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Budgets({ found }: { found: SiteBudgets }) {
  return (
    <>
      {found.budgets.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("models.site")}</th>
              <th scope="col">{t("models.shift")}</th>
              <th scope="col" class="number">
                {t("models.budget")}
              </th>
              <th scope="col" class="number">
                {t("models.above_risk")}
              </th>
              <th scope="col" class="number">
                {t("models.expected")}
              </th>
              <th scope="col" class="number">
                {t("models.over_at_most")}
              </th>
              <th scope="col">{t("models.rests_on")}</th>
              <th scope="col">{t("models.finds")}</th>
              <th scope="col">{t("models.set_by")}</th>
            </tr>
          </thead>
          <tbody>
            {found.budgets.map((each) => (
              <tr key={each.site}>
                <th scope="row">{each.site}</th>
                <td>{each.shift.name}</td>
                <td class="number">{number(each.shift.budget)}</td>
                <td class="number">
                  {each.bound
                    ? each.bound.above_risk === null
                      ? t("models.only_urgent")
                      : plain(each.bound.above_risk)
                    : "–"}
                </td>
                <td class="number">{plain(each.bound?.expected, 1)}</td>
                <td class="number">{percent(each.bound?.over_at_most)}</td>
                <td>
                  {each.bound ? t("models.past_scans", { count: each.bound.past }) : t("models.no_bound")}
                </td>
                <td>
                  {t("models.found_of", { found: each.finds.found, controlled: each.finds.controlled })}
                </td>
                <td>
                  {each.set_by}, {time(each.set_at)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.without_budget.length > 0 && (
        <p>{t("models.without_budget", { sites: found.without_budget.join(", ") })}</p>
      )}
      {found.budgets.length + found.without_budget.length === 0 && <Empty>{t("models.no_sites")}</Empty>}
    </>
  );
}

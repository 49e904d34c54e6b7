/** The models side by side, and those that cannot be read. */
import { t } from "../text";
import { type Model, type ModelList, percent, plain, rateInWords, rateName } from "./parts";

export function Leaderboard({ list, chosen }: { list: ModelList; chosen: string }) {
  const rates = list.models.find((model) => model.held_out)?.held_out?.at ?? [];
  return (
    <section aria-labelledby="leaderboard">
      <h2 id="leaderboard">{t("models.leaderboard")}</h2>
      <table class="leaderboard">
        <thead>
          <tr>
            <th scope="col">{t("models.model")}</th>
            <th scope="col">{t("models.created")}</th>
            <th scope="col">{t("models.targets_met")}</th>
            {rates.map((at) => (
              <th scope="col" class="number" key={at.false_alarm_rate}>
                {t("models.clear_at", { rate: rateName(at.false_alarm_rate) })}
              </th>
            ))}
            <th scope="col" class="number">
              {t("models.auroc")}
            </th>
            <th scope="col" class="number">
              {t("models.aupro")}
            </th>
            <th scope="col" class="number">
              {t("models.calibration_error")}
            </th>
          </tr>
        </thead>
        <tbody>
          {list.models.map((model) => (
            <tr key={model.folder} class={model.folder === chosen ? "chosen" : ""}>
              <th scope="row">
                <a
                  href={`/console/models?model=${encodeURIComponent(model.folder)}`}
                  aria-current={model.folder === chosen ? "true" : undefined}
                >
                  {model.name} {model.version}
                </a>
                <Marks model={model} />
              </th>
              <td>{model.created}</td>
              <td>
                {t("models.met_of", {
                  met: model.targets.filter((target) => target.outcome === "met").length,
                  all: model.targets.length,
                })}
              </td>
              {rates.map((_, index) => (
                <td class="number" key={rates[index]?.false_alarm_rate}>
                  <span title={rateInWords(model.held_out?.at[index]?.clear)}>
                    {percent(model.held_out?.at[index]?.clear?.rate)}
                  </span>
                </td>
              ))}
              <td class="number">{plain(model.held_out?.scan_auroc)}</td>
              <td class="number">{plain(model.held_out?.aupro)}</td>
              <td class="number">{plain(model.held_out?.calibration_error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.unreadable.length > 0 && (
        <div class="unreadable">
          <strong>{t("models.unreadable")}</strong>
          <ul>
            {list.unreadable.map((each) => (
              <li key={each.folder}>
                <code>{each.folder}</code> {each.reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Marks({ model }: { model: Model }) {
  return (
    <>
      {model.in_use && <span class="mark in-use">{t("models.in_use")}</span>}
      {model.named && !model.in_use && <span class="mark">{t("models.named")}</span>}
      {model.in_use && !model.named && <span class="mark warn">{t("models.replaced")}</span>}
    </>
  );
}

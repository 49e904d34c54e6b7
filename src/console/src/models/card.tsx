/** One model by its card: limits first, then targets, figures and thresholds, each with what it rests on. */
import { useState } from "preact/hooks";
import { Figure } from "../plots/figure";
import { Lines } from "../plots/lines";
import { number, t, word } from "../text";
import { detection } from "./figures";
import { fitting, IntervalRows } from "./interval_rows";
import { type HeldOut, type Model, percent, plain, rateInWords, rateName } from "./parts";

export function Card({ model }: { model: Model }) {
  return (
    <section class="card" aria-labelledby="card">
      <h2 id="card">
        {model.name} {model.version}
      </h2>
      <p class="quiet">
        {model.description} {t("models.licence", { licence: model.licence })} <code>{model.sha256}</code>
      </p>
      <div class="limits">
        <strong>{t("models.limits")}</strong>
        <ul>
          {model.limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </div>
      <Targets model={model} />
      {model.held_out ? <Figures held={model.held_out} /> : <p class="state">{t("models.no_figures")}</p>}
      <Thresholds model={model} />
    </section>
  );
}

function Targets({ model }: { model: Model }) {
  return (
    <table class="targets">
      <caption>{t("models.targets")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("models.target")}</th>
          <th scope="col">{t("models.needed")}</th>
          <th scope="col">{t("models.reached")}</th>
          <th scope="col">{t("models.met")}</th>
        </tr>
      </thead>
      <tbody>
        {model.targets.map((target) => (
          <tr key={target.key}>
            <th scope="row" title={target.name}>
              {word("models", `target_${target.key}`)}
            </th>
            <td class="bounds">
              {target.least !== null && `≥ ${target.least}`} {target.most !== null && `≤ ${target.most}`}
            </td>
            <td>
              {target.rates.length === 0
                ? (target.reached ?? "–")
                : target.rates.map((rate) => (
                    <div key={rate.name}>
                      {rate.name && `${rate.name}: `}
                      {rateInWords(rate)}
                    </div>
                  ))}
            </td>
            <td>
              <span class={`outcome ${target.outcome}`}>{t(`models.outcome_${target.outcome}`)}</span>
              {target.count !== null &&
                t("models.count_of", { count: target.count, fewest: target.fewest ?? 0 })}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Figures({ held }: { held: HeldOut }) {
  const [rate, setRate] = useState("0.01");
  const [clear, setClear] = useState(true);
  const at = held.at.find((each) => each.false_alarm_rate === rate) ?? held.at[0];
  if (!at) return null;
  const detected = detection(held.at);
  const families = clear ? at.by_family_clear : at.by_family;
  return (
    <>
      <div class="choices">
        <h3>{t("models.held_out", { scans: held.scans })}</h3>
        <label>
          {t("models.at_rate")}{" "}
          <select value={rate} onChange={(event) => setRate(event.currentTarget.value)}>
            {held.at.map((each) => (
              <option key={each.false_alarm_rate} value={each.false_alarm_rate}>
                {rateName(each.false_alarm_rate)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={clear}
            onChange={(event) => setClear(event.currentTarget.checked)}
          />{" "}
          {t("models.only_clear")}
        </label>
      </div>
      <div class="beside">
        <IntervalRows
          caption={t("models.by_family")}
          rates={families}
          nameOf={(name) => word("families", name)}
        />
        <div>
          <Figure data={detected}>
            <Lines data={detected} top={1} />
          </Figure>
          <IntervalRows
            caption={t("models.by_contrast")}
            rates={at.by_contrast}
            nameOf={(name) => binName(name)}
          />
          <IntervalRows
            caption={t("models.by_clutter")}
            rates={at.by_clutter}
            nameOf={(name) => binName(name)}
          />
          <IntervalRows
            caption={t("models.by_kind")}
            rates={held.by_scanner_kind.flatMap((kind) => {
              const found = kind.clear.find((each) => each.name === rate);
              return found ? [{ ...found, name: kind.kind }] : [];
            })}
            nameOf={(name) => word("models", `kind_${name}`)}
          />
          <IntervalRows
            caption={t("models.false_alarms_by_scanner")}
            rates={held.false_alarms_by_scanner}
            nameOf={(name) => name}
            most={fitting(held.false_alarms_by_scanner)}
          />
          <IntervalRows
            caption={t("models.search_left_open")}
            rates={held.not_assessed}
            nameOf={(name) => word("models", `scans_${name}`)}
            most={fitting(held.not_assessed)}
          />
        </div>
      </div>
    </>
  );
}

/** `under 1`, `1 to 2`, `20 and over` in the language of the reader. */
function binName(name: string): string {
  const [first, middle, last] = name.split(" ");
  if (first === "under") return `< ${middle}`;
  return last === "over" ? `≥ ${first}` : `${first} – ${last}`;
}

function Thresholds({ model }: { model: Model }) {
  const rates = Object.keys(model.thresholds[0]?.by_rate ?? {});
  return (
    <table class="thresholds">
      <caption>
        {t("models.thresholds")} <code>{model.thresholds_id}</code>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t("models.group")}</th>
          <th scope="col" class="number">
            {t("models.threshold")}
          </th>
          <th scope="col">{t("models.set_for")}</th>
          <th scope="col">{t("models.basis")}</th>
          <th scope="col" class="number">
            {t("models.benign_scans")}
          </th>
          {rates.map((rate) => (
            <th scope="col" class="number" key={rate}>
              {t("models.at", { rate: rateName(rate) })}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {model.thresholds.map((each) => (
          <tr key={each.group}>
            <th scope="row">{each.group}</th>
            <td class="number">{plain(each.threshold)}</td>
            <td>{percent(each.false_alarm_rate)}</td>
            <td>{t(`models.basis_${each.basis}`)}</td>
            <td class="number">{number(each.benign_scans)}</td>
            {rates.map((rate) => (
              <td class="number" key={rate}>
                {each.by_rate[rate] == null ? t("models.too_few") : plain(each.by_rate[rate])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

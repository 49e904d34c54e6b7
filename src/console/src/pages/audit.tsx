/** The audit trail of one scan: a timeline, the hashes it can be checked by, and the way to take it along. */
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import { Evidence } from "../audit/evidence";
import { GROUPS, groupOf, Timeline, type Trail } from "../audit/timeline";
import { keyOf, useKeys } from "../keys";
import "../audit/keys";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { t, time, word } from "../text";
import "../audit/audit.css";

export default function Audit() {
  const { params } = useRoute();
  const scan = params.scan;
  useEffect(() => {
    document.title = `${t("audit.title")} · Tallyscan`;
  });
  return scan ? <OfScan key={scan} scan={scan} /> : <Choose />;
}

function OfScan({ scan }: { scan: string }) {
  const [check, setCheck] = useState(false);
  const trail = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/scans/{scan_id}/trail", {
          signal,
          params: { path: { scan_id: scan }, query: { check } },
        }),
      ) as Trail,
    [scan, check],
  );
  return (
    <div class="audit">
      <h1>{t("audit.title")}</h1>
      <Shown of={trail}>
        {(found) => (
          <Whole trail={found} checked={check} onCheck={() => (check ? trail.again() : setCheck(true))} />
        )}
      </Shown>
    </div>
  );
}

function Whole({ trail, checked, onCheck }: { trail: Trail; checked: boolean; onCheck: () => void }) {
  const [group, setGroup] = useState("all");
  const base = `/v1/scans/${encodeURIComponent(trail.scan)}/trail`;
  const json = `${base}?check=true&download=true`;
  const csv = `${base}?format=csv`;
  useKeys({
    "audit.check": onCheck,
    "audit.json": () => window.location.assign(json),
    "audit.csv": () => window.location.assign(csv),
  });
  const shown = trail.entries.filter((entry) => group === "all" || groupOf(entry.kind) === group);
  return (
    <>
      <p class="of-scan">
        <a href={`/console/scans/${trail.scan}`}>{trail.name}</a>{" "}
        {trail.consignment && (
          <a href={`/console/consignments/${encodeURIComponent(trail.consignment)}`}>{trail.consignment}</a>
        )}{" "}
        <span class="quiet">
          {t("audit.as_of", { at: time(trail.as_of), software: trail.software })} <code>{trail.scan}</code>
        </span>
      </p>
      <p class="actions">
        <button type="button" onClick={onCheck}>
          {t(checked ? "audit.check_again" : "audit.check")} <kbd>{keyOf("audit.check")}</kbd>
        </button>
        <a class="button" href={json}>
          {t("audit.json")} <kbd>{keyOf("audit.json")}</kbd>
        </a>
        <a class="button" href={csv}>
          {t("audit.csv")} <kbd>{keyOf("audit.csv")}</kbd>
        </a>
      </p>
      {checked && <Checked trail={trail} />}
      <section aria-labelledby="timeline">
        <div class="choices">
          <h2 id="timeline">{t("audit.timeline")}</h2>
          <label>
            {t("audit.show")}{" "}
            <select value={group} onChange={(event) => setGroup(event.currentTarget.value)}>
              {["all", ...Object.keys(GROUPS), "other"].map((each) => (
                <option key={each} value={each}>
                  {word("audit", `group_${each}`)}
                </option>
              ))}
            </select>
          </label>
          <span class="quiet">{t("audit.shown", { shown: shown.length, all: trail.entries.length })}</span>
        </div>
        <Timeline entries={shown} />
      </section>
      <Evidence trail={trail} />
    </>
  );
}

/** What a look at the bytes came to; which file it is stands below. */
function Checked({ trail }: { trail: Trail }) {
  const changed = trail.files.filter((file) => file.intact === false);
  if (trail.files.some((file) => file.intact === null || file.intact === undefined)) return null;
  return (
    <p role="status" class={changed.length > 0 ? "broken" : "whole"}>
      {changed.length > 0
        ? t("audit.changed_files", { files: changed.map((file) => file.name).join(", ") })
        : t("audit.all_intact", { count: trail.files.length })}
    </p>
  );
}

/** Without a scan in the address: one is asked for, and the newest are at hand. */
function Choose() {
  const { route } = useLocation();
  const [scan, setScan] = useState("");
  const newest = useLoaded(
    async (signal) => dataOf(await api.GET("/v1/scans", { signal, params: { query: { limit: 20 } } })),
    [],
  );
  return (
    <div class="audit">
      <h1>{t("audit.title")}</h1>
      <form
        class="actions"
        onSubmit={(event) => {
          event.preventDefault();
          if (scan.trim()) route(`/console/audit/${encodeURIComponent(scan.trim())}`);
        }}
      >
        <label>
          {t("audit.scan_id")}{" "}
          <input value={scan} onInput={(event) => setScan(event.currentTarget.value)} size={40} required />
        </label>
        <button type="submit" class="main">
          {t("audit.open")}
        </button>
      </form>
      <h2>{t("audit.newest")}</h2>
      <Shown of={newest}>
        {({ scans }) =>
          scans.length === 0 ? (
            <Empty>{t("audit.no_scans")}</Empty>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("audit.scan")}</th>
                  <th scope="col">{t("audit.arrived")}</th>
                  <th scope="col">{t("audit.consignment")}</th>
                  <th scope="col" class="number">
                    {t("audit.readings")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {scans.map((each) => (
                  <tr key={each.id}>
                    <th scope="row">
                      <a href={`/console/audit/${each.id}`}>{each.name}</a>
                    </th>
                    <td>{time(each.received_at)}</td>
                    <td>{each.consignment ?? "–"}</td>
                    <td class="number">{each.revision}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Shown>
    </div>
  );
}

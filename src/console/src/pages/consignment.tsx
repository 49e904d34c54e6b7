/** Everything of one consignment on one page, and beside it what is done with it next. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { CameIn, Selected } from "../consignment/came_in";
import { type Case, heardAt, loadCase, type RiskRecord } from "../consignment/case";
import { Declared } from "../consignment/declared";
import { Elsewhere } from "../consignment/elsewhere";
import { PartiesKnown } from "../consignment/parties";
import { RiskTable } from "../consignment/risk";
import { Scans } from "../consignment/scans";
import { Timeline } from "../consignment/timeline";
import "../consignment/consignment.css";
import "../queue/queue.css";
import { keyOf, useKeys } from "../keys";
import "../consignment/keys";
import { hour } from "../live/clock";
import { settled } from "../live/settled";
import { Standing as Live } from "../live/standing";
import { useLive } from "../live/use_live";
import { useLoaded } from "../load";
import { Shown } from "../parts/states";
import {
  type BulkAnswer,
  madeIn,
  mayDispose,
  type Place,
  STEPS,
  type Step,
  useAnswers,
} from "../queue/dispose";
import { DisposeDialog } from "../queue/dispose_dialog";
import { Lane } from "../queue/lane";
import { Outcome } from "../queue/outcome";
import { reasonOf } from "../queue/reason";
import { isOverdue, until } from "../queue/when";
import { mayEnterResult } from "../session";
import { t, time, word } from "../text";

const GATHER_MS = 400;
const ASK_AGAIN_MS = 20_000;
/** Also while it is live: of a consignment of several sites only what happens at one of them is told. */
const ANYWAY_MS = 60_000;

export default function ConsignmentPage() {
  const consignment = useRoute().params.consignment ?? "";
  return <OfConsignment key={consignment} consignment={consignment} />;
}

function OfConsignment({ consignment }: { consignment: string }) {
  const loaded = useLoaded((signal) => loadCase(consignment, signal), [consignment]);
  return <Shown of={loaded}>{(data) => <OneCase data={data} again={loaded.again} />}</Shown>;
}

function OneCase({ data, again }: { data: Case; again: () => Promise<void> }) {
  const { consignment, entry, record, declaration, scans, parties } = data;
  const [look, setLook] = useState<Place[]>([]);
  const [asking, setAsking] = useState<Step | null>(null);
  const [answer, setAnswer] = useState<BulkAnswer | null>(null);
  const asks = useMemo(() => settled(again, GATHER_MS), [again]);
  useEffect(() => asks.end, [asks]);
  const stream = useLive(heardAt(data), {
    line: (line) => line.consignment === consignment && asks.soon(),
    gap: asks.soon,
  });
  const isLive = stream?.connected.value ?? false;
  useEffect(() => {
    const asking = setInterval(asks.soon, isLive ? ANYWAY_MS : ASK_AGAIN_MS);
    return () => clearInterval(asking);
  }, [isLive, asks]);
  const disposes = entry !== null && mayDispose();
  const choose = (place: Place) =>
    setLook((before) => {
      const others = before.filter((each) => each.scan !== place.scan || each.finding !== place.finding);
      return others.length < before.length ? others : [...before, place];
    });
  useAnswers((said) => {
    if (said.answers.every((each) => each.consignment !== consignment)) return;
    if (madeIn(said).length) setAnswer(said);
    again();
  });
  useKeys(
    asking
      ? {}
      : {
          ...Object.fromEntries(STEPS.map((step) => [`dispose.${step}`, () => disposes && setAsking(step)])),
          "consignment.back": () => history.back(),
          "dispose.undo": () => document.querySelector<HTMLButtonElement>(".outcome button")?.click(),
        },
  );
  const newest = scans[0]?.id;
  const places = look.length || !newest ? look : [{ scan: newest }];
  const standing = entry ?? (record && { ...ofRisk(record), scans: scans.length });
  const release = entry?.released ? entry.disposition : null;
  return (
    <div class="consignment-page">
      <header class="of-consignment">
        <h1>{consignment}</h1>
        {standing && <Lane of={standing} />}
        {entry?.urgent && <strong class="urgent">{t("queue.urgent")}</strong>}
        {stream && <Live stream={stream} />}
        {entry && <p class="why">{reasonOf(entry)}</p>}
        {mayEnterResult() && (
          <a href={`/console/control/${encodeURIComponent(consignment)}`}>{t("sheet.enter_result")}</a>
        )}
        {record?.pending && <p class="undetermined">{record.pending}</p>}
        {!record && <p class="undetermined">{t("consignment.record_hidden")}</p>}
      </header>
      <div class="columns">
        <div class="known">
          {(scans.length > 0 || data.elsewhere.length === 0) && (
            <Scans scans={scans} record={record} look={look} onLook={choose} />
          )}
          <Elsewhere scans={data.elsewhere} />
          <Declared declaration={declaration} record={record} scans={scans} />
          {record && (
            <>
              <RiskTable record={record} />
              <Selected record={record} />
              <CameIn record={record} />
            </>
          )}
          {parties && <PartiesKnown parties={parties} />}
          {record && <Timeline record={record} />}
        </div>
        {(entry || record) && (
          <aside class="panel decide" aria-label={t("consignment.decide")}>
            {entry && <Waits entry={entry} />}
            {answer && <Outcome answer={answer} onTakenBack={again} onLeave={() => setAnswer(null)} />}
            <div class="steps">
              {(disposes ? STEPS : []).map((step) => (
                <button key={step} type="button" onClick={() => setAsking(step)}>
                  {t(`dispose.step_${step}`)} <kbd>{keyOf(`dispose.${step}`)}</kbd>
                </button>
              ))}
            </div>
            {look.length > 0 && <p>{t("dispose.look_chosen", { count: look.length })}</p>}
            {release && <p class="quiet">{t("consignment.corrects_release")}</p>}
            {record && <Disposed record={record} />}
          </aside>
        )}
      </div>
      {asking && entry && (
        <DisposeDialog
          asked={{ step: asking, of: [entry], look: places, ...(release ? { corrects: release.id } : {}) }}
          onLeave={() => setAsking(null)}
        />
      )}
    </div>
  );
}

const ofRisk = ({ risk }: RiskRecord) => ({ lane: risk.lane, risk_score: risk.score });

function Waits({ entry }: { entry: NonNullable<Case["entry"]> }) {
  const now = Date.now();
  return (
    <dl class="facts">
      <div>
        <dt>{t("queue.column_waits")}</dt>
        <dd>{entry.released ? t("consignment.released") : word("queue", `waits_${entry.waits_for}`)}</dd>
      </div>
      <div>
        <dt>{t("queue.column_due")}</dt>
        <dd class={entry.deadline_at && isOverdue(entry.deadline_at, now) ? "differs" : undefined}>
          {entry.deadline_at
            ? `${until(entry.deadline_at, now)}, ${hour(entry.deadline_at, now)} ${word("queue", `deadline_${entry.deadline_by ?? "none"}`)}`
            : t("queue.no_deadline")}
        </dd>
      </div>
      {entry.sites.length > 0 && (
        <div>
          <dt>{t("queue.site")}</dt>
          <dd>
            <a href={`/console/queue?site=${encodeURIComponent(entry.sites[0] ?? "")}`}>
              {entry.sites.join(", ")}
            </a>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** What was decided of it and stands, the newest first. */
function Disposed({ record }: { record: RiskRecord }) {
  const standing = [...(record.dispositions ?? [])].reverse();
  if (standing.length === 0) return <p class="quiet">{t("consignment.nothing_decided")}</p>;
  return (
    <ol class="disposed">
      {standing.map((said) => (
        <li key={said.id}>
          <b>{t(`dispose.step_${said.disposition}`)}</b>
          {said.contact_point && `: ${said.contact_point}`}{" "}
          <span class="quiet">
            {said.by}, {time(said.at)}
          </span>
          <p>{word("reasons", said.ground)}</p>
          {said.purpose && <p>{said.purpose}</p>}
          {said.look?.map((place, at) => (
            <p key={at}>
              <a href={`/console/scans/${place.scan}`}>
                {place.finding ?? place.in_words ?? t("consignment.box")}
              </a>
            </p>
          ))}
          {said.comment && <p class="quiet">{said.comment}</p>}
        </li>
      ))}
    </ol>
  );
}

/** What stands beside the image: who and what, what the machine says, and the decision. */

import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Problem } from "../api/client";
import { useKeys } from "../keys";
import { useLoaded } from "../load";
import { Coded } from "../parts/said";
import { ProblemNote, Waiting } from "../parts/states";
import { RelatedScans } from "../related/related_scans";
import { session } from "../session";
import { t } from "../text";
import type { ViewerHandle } from "../viewer/handle";
import { choices as askChoices, isOffline } from "./asking";
import { minutes, useClock } from "./clock";
import { type Deciding, useDeciding } from "./decide";
import "./desk.css";
import { dropOldDrafts } from "./draft";
import { Drawn, takenOver } from "./drawn";
import { DecisionForm } from "./form";
import { KeyHint } from "./key_hint";
import "./keys";
import { Findings, Headline, NotAssessed, RiskTable, Verdicts } from "./machine";
import { Papers } from "./papers";
import type { Seat } from "./seat";
import { ownWord, type Stage, stageOf } from "./stage";
import { bringIntoView } from "./to_region";
import { ANSWERS, type Decision, type DeskChoices, type DeskScan, type Finding } from "./types";
import { UndoBar } from "./undo_bar";

export function ScanSide({ seat, viewer }: { seat: Seat; viewer: ViewerHandle }) {
  const choices = useLoaded(askChoices, []);
  const deciding = useDeciding(seat, viewer, choices.data);
  const scan = seat.scan.value;
  useEffect(() => {
    void import("../pages/desk"); // there it goes on when the connection is lost meanwhile
    void dropOldDrafts();
  }, []);
  if (!scan)
    return seat.problem.value ? (
      <ProblemNote problem={seat.problem.value} retry={() => void seat.again()} />
    ) : (
      <Waiting />
    );
  if (!choices.data)
    return choices.problem ? <ProblemNote problem={choices.problem} retry={choices.again} /> : <Waiting />;
  if (!deciding.ready.value) return <Waiting />;
  return <Beside scan={scan} seat={seat} viewer={viewer} choices={choices.data} deciding={deciding} />;
}

interface Props {
  scan: DeskScan;
  seat: Seat;
  viewer: ViewerHandle;
  choices: DeskChoices;
  deciding: Deciding;
}

function Beside({ scan, seat, viewer, choices, deciding }: Props) {
  useEffect(() => viewer.onRegionClicked(bringIntoView), [viewer]);
  const take = (finding: Finding) => {
    const region = takenOver(viewer.drawn.value, finding);
    deciding.put({ takenOver: { ...deciding.draft.value.takenOver, [region.id]: finding.id } });
    viewer.drawn.value = [...viewer.drawn.value, region];
  };
  useKeys({
    "desk.take_over": () => {
      const finding =
        scan.reading?.findings.find(({ id }) => id === viewer.shown.value) ?? scan.reading?.findings[0];
      if (finding) take(finding);
    },
    "desk.label": () =>
      document.querySelector<HTMLElement>(".desk-side .drawn li:last-child select")?.focus(),
  });
  const own = ownWord(scan, session.value?.person ?? "");
  const stage = stageOf(scan, own, deciding.kept.value && !deciding.busy.value);
  const { reading } = scan;
  return (
    <div class="desk-side">
      <div class="scrolls">
        {scan.blind && (
          <p class="banner" role="note">
            <strong>{t("desk.blind")}</strong> {t("desk.blind_detail")}
          </p>
        )}
        {scan.reader && scan.reader !== "first" && (
          <p class="banner" role="note">
            <strong>{t(`desk.reader_${scan.reader}`)}</strong> {t("desk.others_hidden")}
          </p>
        )}
        {scan.read === false && (
          <p class="lane not_assessed large note" role="note">
            <strong>{t("desk.not_read")}</strong> <Coded reason={scan.reason ?? ""} />
          </p>
        )}
        {reading && scan.read && <Headline reading={reading} scan={scan} />}
        {reading && scan.read && <NotAssessed reading={reading} />}
        {reading && <Findings reading={reading} viewer={viewer} takeOver={take} />}
        <Papers scan={scan} />
        {reading && <Verdicts reading={reading} viewer={viewer} />}
        {reading && <RiskTable reading={reading} />}
        {scan.sheet && (
          <p>
            <a href={`/console/sheets/${scan.scan}`}>{t("referrals.sheet")}</a>
          </p>
        )}
        <RelatedScans scan={scan.scan} handle={viewer} />
        <Said scan={scan} />
      </div>
      <Panel
        scan={scan}
        seat={seat}
        viewer={viewer}
        own={own}
        stage={stage}
        choices={choices}
        deciding={deciding}
      />
    </div>
  );
}

/** What readers said, as far as this person may know it. */
function Said({ scan }: { scan: DeskScan }) {
  const { decisions, standing } = scan.said;
  if (decisions.length === 0) return null;
  return (
    <section aria-label={t("desk.said")}>
      <h2>{t("desk.said")}</h2>
      <ul class="rows">
        {decisions.map((each) => (
          <li key={each.id} class={standing.includes(each.id) ? undefined : "replaced"}>
            <strong>{t(`desk.answer_${each.decision}`)}</strong> {t(`desk.reader_${each.reader}`)}, {each.by}
            {each.blind && ` · ${t("desk.was_blind")}`} {each.comment}
          </li>
        ))}
      </ul>
    </section>
  );
}

function SeatProblem({ problem, retry }: { problem: Problem; retry: () => void }) {
  if (isOffline(problem)) return <p class="banner">{t("desk.seat_offline")}</p>;
  return <ProblemNote problem={problem} retry={retry} />;
}

type PanelProps = Props & { own: Decision | null; stage: Stage };

function Panel({ scan, seat, viewer, own, stage, choices, deciding }: PanelProps) {
  const { route } = useLocation();
  const { clock, shown } = useClock(deciding.draft.value.seconds);
  const { draft, open, busy } = deciding;
  const decides = stage !== "closed" && stage !== "kept";
  const choose = (answer: (typeof ANSWERS)[number]) => decides && deciding.choose(answer);
  const send = () => void deciding.send(clock.seconds);
  useEffect(() => {
    // The time goes with the draft, so that a closed tab does not set it back.
    if (stage === "deciding" && shown.value % 5 === 4) deciding.put({ seconds: clock.seconds });
  }, [shown.value]);
  useKeys({
    "desk.clear": () => choose("clear"),
    "desk.suspicious": () => choose("suspicious"),
    "desk.not_readable": () => choose("not_readable"),
    "desk.refer": () => choose("refer"),
    "desk.send": send,
    "desk.confirm": () => stage === "confirming" && void deciding.confirm(clock.seconds),
    "desk.comment": () => document.querySelector<HTMLElement>(".desk-side textarea")?.focus(),
    "desk.list": () => route("/console/desk"),
    "desk.next": () => void deciding.next(),
  });
  return (
    <section class="decide" aria-label={t("desk.decision")}>
      <UndoBar undone={(undone) => undone === seat.id && void deciding.undone()} />
      {deciding.problem.value && <ProblemNote problem={deciding.problem.value} />}
      {seat.problem.value && <SeatProblem problem={seat.problem.value} retry={() => void seat.again()} />}
      <div class="row top-line">
        <span class="clock" title={t("desk.clock")}>
          <span class="unseen">{t("desk.clock")}</span> {minutes(shown.value)}
        </span>
        {scan.reader && <span>{t(`desk.reader_${scan.reader}`)}</span>}
        <span class="grow" />
        <a href="/console/desk">
          {t("desk.to_list")} <KeyHint of="desk.list" />
        </a>
        <button type="button" class="small" onClick={() => void deciding.next()}>
          {t("desk.next")} <KeyHint of="desk.next" />
        </button>
      </div>
      {stage === "closed" && scan.why_not && (
        <p>{t(`desk.why_${scan.why_not}`, { person: scan.claim?.by ?? "" })}</p>
      )}
      {stage === "kept" && (
        <p role="status">
          {t("desk.kept")} {scan.blind && t("desk.kept_blind")}
        </p>
      )}
      {stage === "decided" && own && (
        <p>
          {t("desk.you_said", { answer: t(`desk.answer_${own.decision}`) })} {t("desk.can_correct")}
        </p>
      )}
      {stage === "confirming" && own && (
        <div class="confirm" role="status">
          <p>
            <strong>{t("desk.you_said", { answer: t(`desk.answer_${own.decision}`) })}</strong>{" "}
            {t("desk.reading_appeared")}
          </p>
          <button
            type="button"
            class="main"
            disabled={busy.value}
            onClick={() => void deciding.confirm(clock.seconds)}
          >
            {t("desk.confirm")} <KeyHint of="desk.confirm" />
          </button>
        </div>
      )}
      {decides && scan.read && <Drawn viewer={viewer} choices={choices} />}
      {decides && (
        <div class="answers">
          {ANSWERS.map((answer) => (
            <button
              key={answer}
              type="button"
              class={`answer ${answer}`}
              aria-pressed={open.value && draft.value.answer === answer}
              disabled={busy.value}
              onClick={() => choose(answer)}
            >
              {t(`desk.answer_${answer}`)} <KeyHint of={`desk.${answer}`} />
            </button>
          ))}
        </div>
      )}
      {decides && open.value && draft.value.answer && (
        <DecisionForm
          answer={draft.value.answer}
          draft={draft.value}
          choices={choices}
          busy={busy.value}
          put={deciding.put}
          send={send}
          close={() => {
            open.value = false;
          }}
        />
      )}
    </section>
  );
}

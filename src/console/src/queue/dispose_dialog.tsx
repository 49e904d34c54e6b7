/** One question before anything is put on record: what, on which ground, of how many consignments in which lanes. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../api/client";
import { newId } from "../desk/identity";
import { laneName } from "../lanes";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { t, word } from "../text";
import {
  dispose,
  GROUNDS,
  type Ground,
  lanesOf,
  needsWords,
  type Place,
  type Step,
  wordsAgain,
} from "./dispose";
import { LANES } from "./filters";
import type { Entry } from "./lines";

interface Asked {
  step: Step;
  of: Entry[];
  look?: Place[];
  corrects?: string;
}

interface Props {
  asked: Asked;
  /** It waits to be sent. */
  onKept?: () => void;
  onLeave: () => void;
}

/** Closes when it is on record or kept to be sent; what was refused can be said otherwise. */
export function DisposeDialog({ asked: now, onKept, onLeave }: Props) {
  // As it was looked at: whatever has come since, the service refuses a decision on an older record.
  const [asked] = useState(now);
  const { step, of } = asked;
  const dialog = useRef<HTMLDialogElement>(null);
  const [before] = useState(() => wordsAgain(step, of));
  const [ground, setGround] = useState<Ground>(before?.ground ?? likelyGround(step, of));
  const [comment, setComment] = useState(before?.comment ?? "");
  const [contactPoint, setContactPoint] = useState(before?.contactPoint ?? "");
  const [purpose, setPurpose] = useState(before?.purpose ?? "");
  const [until, setUntil] = useState(before?.until ?? "");
  const [look, setLook] = useState(before?.look ?? "");
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const send = async () => {
    setSending(true);
    setProblem(null);
    const one = of.length === 1 ? of[0] : undefined;
    const words: Place[] =
      one && look.trim() && asked.look?.[0] ? [{ scan: asked.look[0].scan, in_words: look.trim() }] : [];
    const places = [...(asked.look ?? []).filter((place) => place.finding || place.box), ...words];
    const outcome = await dispose(
      {
        id: newId(),
        by: session.value?.person ?? "",
        disposition: step,
        ground,
        record: 0,
        look: step === "open" ? places : [],
        consignments: of.map(({ consignment, record }) => ({ consignment, record })),
        ...(comment.trim() ? { comment: comment.trim() } : {}),
        ...(asked.corrects ? { corrects: asked.corrects } : {}),
        ...(step === "refer" ? { contact_point: contactPoint.trim(), purpose: purpose.trim() } : {}),
        ...(step === "refer" && until ? { until: new Date(until).toISOString() } : {}),
      },
      { ground, comment, contactPoint, purpose, until, look },
    );
    setSending(false);
    if ("refused" in outcome) {
      setProblem(outcome.refused[0]?.problem ?? null);
      return;
    }
    if ("waits" in outcome) onKept?.();
    dialog.current?.close(); // gives the focus back to where it was
  };

  const lanes = lanesOf(of);
  return (
    <dialog ref={dialog} class="dispose" aria-labelledby="dispose-title" onClose={onLeave}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2 id="dispose-title">{t(`dispose.title_${step}`, { count: of.length })}</h2>
        <ul class="lanes-chosen">
          {LANES.filter((lane) => lanes[lane]).map((lane) => (
            <li key={lane}>
              <strong>{lanes[lane]}</strong> <span class={`lane ${lane}`}>{laneName(lane)}</span>
            </li>
          ))}
        </ul>
        <p class="of">{of.length === 1 ? of[0]?.consignment : t("dispose.each_by_itself")}</p>
        <label>
          {t("dispose.ground")}
          <select value={ground} onChange={(event) => setGround(event.currentTarget.value as Ground)}>
            {GROUNDS[step].map((each) => (
              <option key={each} value={each}>
                {word("reasons", each)}
              </option>
            ))}
          </select>
        </label>
        {step === "refer" && (
          <>
            <label>
              {t("dispose.contact_point")}
              <input
                value={contactPoint}
                onInput={(event) => setContactPoint(event.currentTarget.value)}
                maxLength={120}
                required
              />
            </label>
            <label>
              {t("dispose.purpose")}
              <input
                value={purpose}
                onInput={(event) => setPurpose(event.currentTarget.value)}
                maxLength={120}
                required
              />
            </label>
            <label>
              {t("dispose.until")}
              <input
                type="datetime-local"
                value={until}
                onInput={(event) => setUntil(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        {step === "open" && asked.look?.[0] && (
          <>
            <p class="looks">
              {t("dispose.look_chosen", { count: asked.look.filter((place) => place.finding).length })}
            </p>
            <label>
              {t("dispose.look_words")}
              <input value={look} onInput={(event) => setLook(event.currentTarget.value)} maxLength={120} />
            </label>
          </>
        )}
        <label>
          {t(needsWords(step, ground) ? "dispose.comment_needed" : "dispose.comment")}
          <textarea
            rows={2}
            value={comment}
            maxLength={2000}
            required={needsWords(step, ground)}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
        </label>
        {problem && <ProblemNote problem={problem} />}
        <div class="ways">
          <button type="submit" class="main" disabled={sending}>
            {t(`dispose.do_${step}`, { count: of.length })}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t("dispose.leave")}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What is true of all of them, so that the ground in front is the one that fits. */
function likelyGround(step: Step, of: Entry[]): Ground {
  const all = (true_of: (entry: Entry) => boolean) => of.every(true_of);
  if (step === "release") {
    if (all((entry) => entry.opened)) return "opened";
    if (all((entry) => entry.scans === 0 && entry.place === "not_selected")) return "not_selected";
    return "nothing_against";
  }
  if (step === "rescan" && all((entry) => entry.scans === 0)) return "first_scan";
  if (step === "open" && all((entry) => entry.for_opening)) return "profile";
  return GROUNDS[step][0] as Ground;
}

/** Deciding on a scan: the draft, the stages of blind reading, and what happens when a decision was made. */
import {
  computed,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
  useSignalEffect,
} from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import { type Problem, problemOf } from "../api/client";
import { discard, postAndGoOn, stoppedOf, waitingOf } from "../outbox/unsent";
import { session } from "../session";
import type { ViewerHandle } from "../viewer/handle";
import { takeNext } from "./asking";
import { type Draft, dropDraft, EMPTY_DRAFT, keepDraft, keptDraft, saysAnything } from "./draft";
import { remember } from "./last";
import { decisionOf, drawnAgain, missing } from "./said";
import type { Seat } from "./seat";
import { ownWord } from "./stage";
import type { Answer, Decision, DeskChoices } from "./types";

const KEEP_MS = 300;

export interface Deciding {
  draft: Signal<Draft>;
  open: Signal<boolean>;
  busy: Signal<boolean>;
  /** What was said waits to be sent, also since before the page was opened. */
  kept: ReadonlySignal<boolean>;
  problem: Signal<Problem | null>;
  ready: Signal<boolean>;
  put: (change: Partial<Draft>) => void;
  choose: (answer: Answer) => void;
  send: (seconds: number) => Promise<void>;
  confirm: (seconds: number) => Promise<void>;
  next: () => Promise<void>;
  undone: () => Promise<void>;
}

export function useDeciding(seat: Seat, viewer: ViewerHandle, choices: DeskChoices | null): Deciding {
  const person = session.value?.person ?? "";
  const { route } = useLocation();
  const state = useMemo(
    () => ({
      draft: signal<Draft>(EMPTY_DRAFT),
      open: signal(false),
      busy: signal(false),
      kept: computed(() => waitingOf("decision", seat.id) !== undefined),
      waited: false,
      problem: signal<Problem | null>(null),
      /** The draft is here; and what is put into it is kept. */
      ready: signal(false),
      keeping: signal(false),
    }),
    [seat.id],
  );
  const fill = (draft: Draft) => {
    state.draft.value = draft;
    state.open.value = draft.answer !== null;
    if (draft.regions.length > 0) viewer.drawn.value = draft.regions;
    state.ready.value = state.keeping.value = true;
  };
  const stopped = () => stoppedOf("decision", seat.id)?.draft as Draft | undefined;
  useEffect(() => {
    void keptDraft(seat.id, person).then((kept) => fill(saysAnything(kept) ? kept : (stopped() ?? kept)));
  }, [seat.id, person, state, viewer]);
  useSignalEffect(() => {
    // What is drawn is part of the draft, whoever drew it: the viewer's tools or the list beside the image.
    const regions = viewer.drawn.value;
    if (state.keeping.value && state.draft.peek().regions !== regions)
      state.draft.value = { ...state.draft.peek(), regions };
  });
  useSignalEffect(() => {
    const draft = state.draft.value;
    // The time that was spent outlives the tab too, though nothing was said yet.
    if (!state.keeping.value || !(saysAnything(draft) || draft.seconds > 0)) return;
    const timer = setTimeout(() => void keepDraft(seat.id, person, draft), KEEP_MS);
    return () => clearTimeout(timer);
  });
  useSignalEffect(() => {
    // What waited is on record: the reading of a blind scan can appear. Or it was refused, or taken back.
    const ended = state.waited && !state.kept.value;
    state.waited = state.kept.value;
    if (!ended || state.busy.peek()) return;
    untracked(() => {
      const again = stopped();
      if (again) fill(again);
      void seat.again();
    });
  });
  return useMemo(() => {
    const put = (change: Partial<Draft>) => {
      state.draft.value = { ...state.draft.value, ...change };
    };
    const next = async () => {
      const site = seat.scan.value?.site;
      try {
        const found = site ? await takeNext(site, person, seat.id) : null;
        // Where what they said is still on its way, the service may give them the same again.
        const waits = found && !waitingOf("decision", found.scan);
        route(waits ? `/console/scans/${found.scan}` : "/console/desk");
      } catch {
        route("/console/desk"); // without a connection the list says so
      }
    };
    const say = async (draft: Draft, seconds: number) => {
      const scan = seat.scan.value;
      if (!scan || state.busy.value) return;
      const own = ownWord(scan, person);
      const reader = own?.reader ?? scan.reader;
      if (!reader) return;
      state.busy.value = true;
      state.problem.value = null;
      const made = decisionOf(draft, scan, { by: person, reader, corrects: own?.id ?? null, seconds });
      try {
        const sent = await postAndGoOn(made);
        state.waited = "waits" in sent; // effects come with the next frame: what was heard here is no news then
        if ("refused" in sent) {
          discard(made.id); // the officer is here, with all that they drew and wrote
          state.problem.value = sent.refused[0]?.problem ?? null;
          return;
        }
        remember(made, choices?.undo_seconds ?? 10);
        const stays = scan.blind && scan.read === true;
        if (!stays) state.keeping.value = false;
        await dropDraft(seat.id, person);
        state.open.value = false;
        if (stays) {
          state.busy.value = false;
          await seat.again();
        } else await next();
      } catch (error) {
        state.problem.value = problemOf(error);
      } finally {
        state.busy.value = false;
      }
    };
    return {
      ...state,
      put,
      next,
      undone: async () => {
        await seat.again();
      },
      choose: (answer) => {
        const reasons = choices?.reasons[answer] ?? [];
        const kept =
          state.draft.value.answer === answer &&
          reasons.some(({ code }) => code === state.draft.value.reason);
        put({ answer, ...(kept ? {} : { reason: reasons[0]?.code ?? null }) });
        state.open.value = true;
      },
      send: async (seconds) => {
        if (choices && missing(state.draft.value, choices) === null) await say(state.draft.value, seconds);
      },
      confirm: async (seconds) => {
        const own = seat.scan.value && ownWord(seat.scan.value, person);
        if (own) await say(draftOf(own), seconds);
      },
    };
  }, [state, seat, person, choices, route]);
}

/** A decision as a draft, to say it again or to change it. */
export function draftOf(decision: Decision): Draft {
  const regions = drawnAgain(decision.regions ?? []);
  const taken = (decision.regions ?? []).flatMap(({ finding }, position) =>
    finding ? [[`D${position + 1}`, finding] as const] : [],
  );
  return {
    answer: decision.decision,
    reason: decision.reason,
    comment: decision.comment ?? "",
    office: decision.refer_to?.office ?? "",
    purpose: decision.refer_to?.purpose ?? "",
    regions,
    takenOver: Object.fromEntries(taken),
    seconds: decision.seconds ?? 0,
  };
}

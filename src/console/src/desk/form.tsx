/** The form of a decision: reason, words, regions, to whom. The whole of it works from the keyboard. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { keyOf, nameOfKey } from "../keys";
import { t } from "../text";
import type { Draft } from "./draft";
import { KeyHint } from "./key_hint";
import { goesToOffice, missing } from "./said";
import type { Answer, DeskChoices } from "./types";
import { saidAs } from "./words";

interface Props {
  answer: Answer;
  draft: Draft;
  choices: DeskChoices;
  busy: boolean;
  put: (change: Partial<Draft>) => void;
  send: () => void;
  close: () => void;
}

export function DecisionForm({ answer, draft, choices, busy, put, send, close }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const reasons = choices.reasons[answer] ?? [];
  const lacks = missing(draft, choices);
  // At once, so that a digit typed right after the answer chooses its reason.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLInputElement>("input[type=radio]:checked")?.focus();
  }, [answer]);
  const onKeyDown = (event: KeyboardEvent) => {
    const pressed = nameOfKey(event);
    if (event.key === "Escape") close();
    else if (pressed === keyOf("desk.send")) send();
    else if (event.target instanceof HTMLInputElement && event.target.type === "radio") {
      const chosen = reasons[Number(pressed) - 1];
      if (!chosen) return;
      put({ reason: chosen.code });
      form.current?.querySelector<HTMLElement>(`input[value="${chosen.code}"]`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form
      ref={form}
      class="decision"
      aria-label={t(`desk.answer_${answer}`)}
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset>
        <legend>{t("desk.reason")}</legend>
        {reasons.map(({ code, in_words }, position) => (
          <label key={code} class="choice">
            <input
              type="radio"
              name="reason"
              value={code}
              checked={draft.reason === code}
              onChange={() => put({ reason: code })}
            />
            <kbd>{position + 1}</kbd> {saidAs("reasons", code, in_words)}
          </label>
        ))}
      </fieldset>
      {goesToOffice(draft) && <ReferTo draft={draft} choices={choices} put={put} />}
      <label class="wide">
        <span>
          {t("desk.comment")} <KeyHint of="desk.comment" />
        </span>
        <textarea
          rows={2}
          maxLength={2000}
          value={draft.comment}
          onInput={(event) => put({ comment: event.currentTarget.value })}
        />
      </label>
      {lacks && (
        <p class="lacks" role="status">
          {t(`desk.lacks_${lacks}`)}
        </p>
      )}
      <div class="row">
        <button type="submit" class="main" disabled={busy || lacks !== null}>
          {t(`desk.send_${answer}`)} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={close}>
          {t("desk.close")} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

function ReferTo({ draft, choices, put }: Pick<Props, "draft" | "choices" | "put">) {
  return (
    <div class="row">
      <label class="wide" for="refer-office">
        {t("desk.office")}
        {choices.contact_points.length > 0 ? (
          <select
            id="refer-office"
            value={draft.office}
            onChange={(event) => put({ office: event.currentTarget.value })}
          >
            <option value="">{t("desk.choose")}</option>
            {choices.contact_points.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        ) : (
          <input
            id="refer-office"
            value={draft.office}
            maxLength={80}
            onInput={(event) => put({ office: event.currentTarget.value })}
          />
        )}
      </label>
      <label class="wide">
        {t("desk.purpose")}
        <input
          value={draft.purpose}
          maxLength={2000}
          onInput={(event) => put({ purpose: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

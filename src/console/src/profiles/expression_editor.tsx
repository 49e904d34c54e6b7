/** The expression of a profile: facts are offered while it is typed, and what is wrong is shown at its place. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { t } from "../text";
import { type Completion, complete, type Fact, type Option, placeIn } from "./complete";
import type { Stage } from "./profile";

type Wrong = components["schemas"]["WrongThere"];

const PAUSE_MS = 250;
const NONE: Completion = { from: 0, to: 0, options: [] };

/** What is wrong in the expression as it stands; undefined while that is asked. */
function useCheck(stage: Stage, expression: string): Wrong | null | undefined {
  const [wrong, setWrong] = useState<Wrong | null | undefined>(undefined);
  useEffect(() => {
    setWrong(undefined);
    if (!expression.trim()) return;
    const controller = new AbortController();
    const body = { stage, expression };
    const asking = setTimeout(() => {
      api
        .POST("/v1/risk-profile-check", { body, signal: controller.signal })
        .then(dataOf)
        .then((found) => setWrong(found.wrong))
        .catch(() => undefined); // not known while the service cannot be asked; saving says so
    }, PAUSE_MS);
    return () => {
      clearTimeout(asking);
      controller.abort();
    };
  }, [stage, expression]);
  return wrong;
}

export function ExpressionEditor({
  stage,
  value,
  facts,
  change,
  insert,
}: {
  stage: Stage;
  value: string;
  facts: readonly Fact[];
  change: (value: string) => void;
  /** Takes what the list of facts inserts at the caret. */
  insert: { current: ((text: string) => void) | null };
}) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const behind = useRef<HTMLPreElement>(null);
  const [offer, setOffer] = useState<Completion>(NONE);
  const [chosen, setChosen] = useState(0);
  const wrong = useCheck(stage, value);
  const place = wrong ? placeIn(value, wrong) : null;

  const replace = (from: number, to: number, text: string, back = 0) => {
    const typed = area.current;
    if (!typed) return;
    typed.focus();
    // At once, not with the next picture: a fast hand goes on typing where the caret is.
    typed.setRangeText(text, from, to, "end");
    const caret = from + text.length - back;
    typed.setSelectionRange(caret, caret);
    change(typed.value);
    setOffer(NONE);
  };
  insert.current = (text) =>
    replace(area.current?.selectionStart ?? value.length, area.current?.selectionEnd ?? value.length, text);
  const look = (text: string) => {
    setOffer(complete(text, area.current?.selectionStart ?? text.length, facts));
    setChosen(0);
  };
  const accept = (option: Option) => replace(offer.from, offer.to, option.insert, option.back);
  const goThere = () => {
    area.current?.focus();
    if (place) area.current?.setSelectionRange(...place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      look(value);
    } else if (event.altKey && event.code === "KeyW") {
      event.preventDefault();
      goThere();
    } else if (offer.options.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((chosen + step + offer.options.length) % offer.options.length);
    } else if (offer.options.length && event.key === "Enter") {
      event.preventDefault();
      const option = offer.options[chosen];
      if (option) accept(option);
    } else if (offer.options.length && event.key === "Escape") {
      event.preventDefault();
      setOffer(NONE);
    }
  };

  return (
    <div class="expression">
      <label for={id}>{t("profiles.expression")}</label>
      <div class="typed">
        <pre aria-hidden="true" ref={behind}>
          {place ? (
            <>
              {value.slice(0, place[0])}
              <mark>{value.slice(...place) || " "}</mark>
              {value.slice(place[1])}
            </>
          ) : (
            value
          )}
          {"\n"}
        </pre>
        <textarea
          id={id}
          ref={area}
          value={value}
          rows={Math.max(4, value.split("\n").length + 1)}
          maxLength={2000}
          required
          spellcheck={false}
          autocomplete="off"
          aria-autocomplete="list"
          aria-controls={`${id}-offer`}
          aria-activedescendant={offer.options.length ? `${id}-${chosen}` : undefined}
          aria-invalid={wrong ? "true" : undefined}
          aria-describedby={`${id}-wrong`}
          onInput={(event) => {
            change(event.currentTarget.value);
            look(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setOffer(NONE)}
          onScroll={(event) => {
            if (behind.current) behind.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <Offer id={id} offer={offer} chosen={chosen} accept={accept} />
      <p id={`${id}-wrong`} class={wrong ? "wrong" : "hint"} role="status">
        {said(value, wrong)}{" "}
        {wrong && (
          <button type="button" onClick={goThere}>
            {t("profiles.go_there")} <kbd>Alt+W</kbd>
          </button>
        )}
      </p>
    </div>
  );
}

function said(value: string, wrong: Wrong | null | undefined): string {
  if (!value.trim()) return t("profiles.write_expression");
  if (wrong === undefined) return t("profiles.checking");
  if (wrong === null) return t("profiles.right");
  return t("profiles.wrong", { line: wrong.line, column: wrong.column, said: wrong.said });
}

function Offer({
  id,
  offer,
  chosen,
  accept,
}: {
  id: string;
  offer: Completion;
  chosen: number;
  accept: (option: Option) => void;
}) {
  return (
    <div id={`${id}-offer`} role="listbox" aria-label={t("profiles.offered")} hidden={!offer.options.length}>
      {offer.options.map((option, at) => (
        <div
          key={option.shown}
          id={`${id}-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen}
          onMouseDown={(event) => {
            event.preventDefault();
            accept(option);
          }}
        >
          <code>{option.shown}</code> <span class="type">{option.type}</span> {option.meaning}
        </div>
      ))}
    </div>
  );
}

/** One referred case: what is asked, the scan and its papers, what was done, and what the office does now. */

import { useRef, useState } from "preact/hooks";
import type { components } from "../api/schema";
import { newId } from "../desk/identity";
import { keyOf, useKeys } from "../keys";
import { laneName } from "../lanes";
import "./keys";
import { entryOf } from "../outbox/entry";
import { post, stoppedOf, waitingOf } from "../outbox/unsent";
import { session } from "../session";
import { t, time, word } from "../text";

type Case = components["schemas"]["ReferralCase"];
type Step = components["schemas"]["ReferralStepSaid"];
type Code = NonNullable<Step["code"]>;
type Authority = NonNullable<components["schemas"]["ReferredTo"]["authority"]>;
const CODES: Code[] = ["no_objection", "open_load", "stop", "taken_over", "not_competent", "other"];
const AUTHORITIES: Authority[] = ["customs", "border_guard"];

/** An officer refers a scan for a reason, a targeting officer the whole consignment on a ground. */
export const whyReferred = (referral: Case["referral"]): string =>
  word("reasons", "reason" in referral ? referral.reason : referral.ground);

export function CaseView({ of, office }: { of: Case; office: string }) {
  const { referral, to } = of;
  const again = stoppedOf("referral", of.id);
  return (
    <article class="case" aria-label={t("referrals.case")}>
      <header>
        <h2>{of.consignment ?? t("referrals.no_consignment")}</h2>
        <span class={`lane ${of.lane ?? "not_assessed"}`}>{laneName(of.lane ?? "not_assessed")}</span>
      </header>
      <p class="asked">
        {to?.purpose ?? whyReferred(referral)}
        {referral.comment && <span class="said">{referral.comment}</span>}
      </p>
      <dl>
        <dt>{t("referrals.office")}</dt>
        <dd>
          {to?.office ?? t("referrals.any_office")}
          {to?.authority && ` (${t(`referrals.authority_${to.authority}`)})`}
        </dd>
        {to?.answer_by && (
          <>
            <dt>{t("referrals.answer_by")}</dt>
            <dd class={of.overdue ? "overdue" : ""}>
              {time(to.answer_by)}
              {of.overdue && ` · ${t("referrals.overdue")}`}
            </dd>
          </>
        )}
        {of.declared && (
          <>
            <dt>{t("referrals.declared")}</dt>
            <dd>{of.declared}</dd>
          </>
        )}
      </dl>
      <p class="quiet">{t("referrals.asked_by", { by: referral.by, at: time(referral.received_at) })}</p>
      {of.links.picture && <img src={of.links.picture} alt={t("referrals.picture")} />}
      <p class="links">
        {of.scan && <a href={`/console/scans/${of.scan}`}>{t("referrals.to_scan")}</a>}
        {of.scan && <a href={`/console/sheets/${of.scan}`}>{t("referrals.sheet")}</a>}
        {of.consignment && (
          <a href={`/console/consignments/${encodeURIComponent(of.consignment)}`}>
            {t("referrals.to_consignment")}
          </a>
        )}
      </p>
      <h3>{t("referrals.reasons")}</h3>
      {of.reasons.length === 0 ? (
        <p class="quiet">{t("referrals.no_reasons")}</p>
      ) : (
        <ul>
          {of.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <Steps of={of} />
      {of.state === "open" && !waitingOf("referral", of.id) && (
        <Act
          key={again?.id}
          of={of}
          office={office}
          before={(again?.draft as Entered | undefined) ?? enteredAtFirst(of)}
        />
      )}
    </article>
  );
}

function Steps({ of }: { of: Case }) {
  if (of.steps.length === 0) return null;
  return (
    <>
      <h3>{t("referrals.steps")}</h3>
      <ol class="steps">
        {of.steps.map((step) => (
          <li key={step.id}>
            <strong>
              {t(`referrals.step_${step.step}`, {
                code: step.code ? t(`referrals.code_${step.code}`) : "",
                office: step.to?.office ?? "",
              })}
            </strong>{" "}
            <span class="quiet">
              {[step.by, step.office, step.reference, time(step.received_at)].filter(Boolean).join(" · ")}
            </span>
            <p>{step.comment}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

type Doing = "answered" | "forwarded" | "withdrawn";

interface Entered {
  doing: Doing;
  said: { comment: string; reference: string; office: string; purpose: string; answerBy: string };
  code: Code;
  authority: Authority | "";
}

const isOwn = (of: Case): boolean => of.referral.by === session.value?.person;

const enteredAtFirst = (of: Case): Entered => ({
  doing: isOwn(of) ? "withdrawn" : "answered",
  said: { comment: "", reference: "", office: "", purpose: "", answerBy: "" },
  code: "no_objection",
  authority: "",
});

/** Who referred it withdraws, everybody else answers; both may forward. */
function Act({ of, office, before }: { of: Case; office: string; before: Entered }) {
  const own = isOwn(of);
  const [doing, setDoing] = useState(before.doing);
  const [said, setSaid] = useState(before.said);
  const [code, setCode] = useState(before.code);
  const [authority, setAuthority] = useState(before.authority);
  const [wrong, setWrong] = useState<string | null>(null);
  const words = useRef<HTMLTextAreaElement>(null);
  const start = (next: Doing) => {
    setDoing(next);
    setWrong(null);
    words.current?.focus();
  };
  const ways: [Doing, string][] = [
    own ? ["withdrawn", "withdraw"] : ["answered", "answer"],
    ["forwarded", "forward"],
  ];
  useKeys(Object.fromEntries(ways.map(([step, name]) => [`referrals.${name}`, () => start(step)])));

  const send = () => {
    if (!said.comment.trim()) return setWrong("referrals.need_comment");
    if (doing === "forwarded" && !said.office.trim()) return setWrong("referrals.need_office");
    const to = {
      office: said.office.trim(),
      ...(authority ? { authority } : {}),
      ...(said.purpose.trim() ? { purpose: said.purpose.trim() } : {}),
      ...(said.answerBy ? { answer_by: new Date(said.answerBy).toISOString() } : {}),
    };
    const body = {
      id: newId(),
      by: session.value?.person ?? "",
      at: new Date().toISOString(),
      step: doing,
      comment: said.comment.trim(),
      ...(office ? { office } : {}),
      ...(said.reference.trim() ? { reference: said.reference.trim() } : {}),
      ...(doing === "answered" ? { code } : {}),
      ...(doing === "forwarded" ? { to } : {}),
    };
    const made = { id: body.id, kind: "referral" as const, by: body.by, about: [of.id] };
    const name = of.consignment ?? t("referrals.no_consignment");
    const parts = [{ url: `/v1/referrals/${of.id}/steps`, body }];
    const draft: Entered = { doing, said, code, authority };
    void post(entryOf({ ...made, name, parts, draft }));
  };
  const text = (name: keyof typeof said) => ({
    value: said[name],
    onInput: (event: { currentTarget: { value: string } }) =>
      setSaid({ ...said, [name]: event.currentTarget.value }),
  });
  return (
    <form
      class="act"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset aria-label={t("referrals.what")}>
        {ways.map(([step, name]) => (
          <button key={step} type="button" aria-pressed={doing === step} onClick={() => start(step)}>
            {t(`referrals.${name}`)} <kbd>{keyOf(`referrals.${name}`)}</kbd>
          </button>
        ))}
      </fieldset>
      {doing === "answered" && (
        <label>
          {t("referrals.answer_label")}
          <select value={code} onChange={(event) => setCode(event.currentTarget.value as Code)}>
            {CODES.map((each) => (
              <option key={each} value={each}>
                {t(`referrals.code_${each}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {doing === "forwarded" && (
        <div class="forward">
          <label>
            {t("referrals.forward_office")}
            <input maxLength={80} {...text("office")} />
          </label>
          <label>
            {t("referrals.authority")}
            <select
              value={authority}
              onChange={(event) => setAuthority(event.currentTarget.value as Authority | "")}
            >
              <option value="">{t("referrals.authority_none")}</option>
              {AUTHORITIES.map((each) => (
                <option key={each} value={each}>
                  {t(`referrals.authority_${each}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("referrals.purpose")}
            <input maxLength={500} {...text("purpose")} />
          </label>
          <label>
            {t("referrals.answer_by")}
            <input type="datetime-local" {...text("answerBy")} />
          </label>
        </div>
      )}
      <label>
        {t("referrals.comment")}
        <textarea ref={words} rows={3} maxLength={2000} {...text("comment")} />
      </label>
      {doing !== "withdrawn" && (
        <label>
          {t("referrals.reference")}
          <input maxLength={120} {...text("reference")} />
        </label>
      )}
      {wrong && (
        <p class="wrong" role="alert">
          {t(wrong)}
        </p>
      )}
      <button type="submit" class="main">
        {t(
          `referrals.send_${doing === "answered" ? "answer" : doing === "forwarded" ? "forward" : "withdraw"}`,
        )}
      </button>
    </form>
  );
}

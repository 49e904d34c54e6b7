/** The cases that wait at an office: why, until when, and what the office does about them. */

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { CaseView, whyReferred } from "../inspect/case_view";
import "../inspect/referrals.css";
import { useKeys } from "../keys";
import "../inspect/keys";
import { useLoaded } from "../load";
import { onAnswered } from "../outbox/unsent";
import { Empty, Shown } from "../parts/states";
import { TypedFilter } from "../parts/typed_filter";
import { isOwn } from "../session";
import { t, time } from "../text";

export type ReferralCase = components["schemas"]["ReferralCase"];
type State = ReferralCase["state"];
const STATES: State[] = ["open", "answered", "withdrawn"];
const OFFICE_KEY = "tallyscan.office";
const AGAIN_MS = 20_000;

export default function ReferralsPage() {
  const { query, route } = useLocation();
  const office = query.office ?? officeOf();
  const state = STATES.find((each) => each === query.state) ?? "open";
  const show = (changes: { office?: string; state?: State }) => {
    const wanted = { office, state, ...changes };
    localStorage.setItem(OFFICE_KEY, wanted.office);
    route(`/console/referrals?${new URLSearchParams(wanted)}`, true);
  };
  const loaded = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/referrals", {
          params: { query: { state, ...(office ? { office } : {}) } },
          signal,
        }),
      ),
    [office, state],
  );
  useEffect(() => onAnswered(loaded.again), [loaded.again]);
  useEffect(() => {
    const timer = setInterval(loaded.again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [loaded.again]);
  return (
    <div class="referrals">
      <h1>{t("referrals.title")}</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <TypedFilter
          name={t("referrals.office")}
          value={office}
          hint={t("referrals.office_hint")}
          maxLength={80}
          onChange={(named) => show({ office: named })}
        />
        <fieldset aria-label={t("referrals.state")}>
          {STATES.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={state === each}
              onClick={() => show({ state: each })}
            >
              {t(`referrals.${each}`)}
            </button>
          ))}
        </fieldset>
      </form>
      <Shown of={loaded}>
        {(data) => (
          <>
            <Past past={data.past} />
            {data.referrals.length === 0 ? (
              <Empty>{t(state === "open" ? "referrals.empty" : `referrals.empty_${state}`)}</Empty>
            ) : (
              <Cases cases={data.referrals as unknown as ReferralCase[]} more={data.more} office={office} />
            )}
          </>
        )}
      </Shown>
    </div>
  );
}

/** Cases of other sites that the office sees no more: who referred them can do it again. */
function Past({ past }: { past: readonly components["schemas"]["PastReferral"][] }) {
  if (past.length === 0) return null;
  return (
    <ul class="past" aria-label={t("referrals.past")}>
      {past.map(({ id, office, answer_by, by }) => (
        <li key={id}>{t("referrals.past_one", { office, until: time(answer_by), by })}</li>
      ))}
    </ul>
  );
}

/** The office that they looked at last in this browser, if it is theirs to see; empty: all of their own. */
function officeOf(): string {
  const last = localStorage.getItem(OFFICE_KEY) ?? "";
  return last && isOwn(last) ? last : "";
}

function Cases({ cases, more, office }: { cases: ReferralCase[]; more: boolean; office: string }) {
  const [chosen, choose] = useState<string | null>(null);
  const shown = cases.find((each) => each.id === chosen) ?? cases[0];
  const step = (by: number) => {
    const index = cases.findIndex((each) => each.id === shown?.id) + by;
    const next = cases[Math.min(Math.max(index, 0), cases.length - 1)];
    if (next) choose(next.id);
  };
  useKeys({ "referrals.next": () => step(1), "referrals.previous": () => step(-1) });
  if (!shown) return null;
  return (
    <div class="cases">
      <nav aria-label={t("referrals.list")}>
        <ul>
          {cases.map((each) => (
            <li key={each.id}>
              <button type="button" aria-current={each.id === shown.id} onClick={() => choose(each.id)}>
                <CaseLine of={each} />
              </button>
            </li>
          ))}
        </ul>
        {more && <p class="quiet">{t("referrals.more")}</p>}
      </nav>
      <CaseView key={shown.id} of={shown} office={office} />
    </div>
  );
}

function CaseLine({ of }: { of: ReferralCase }) {
  const limit = of.to?.answer_by;
  return (
    <>
      <strong>{of.consignment ?? t("referrals.no_consignment")}</strong>
      <span>{whyReferred(of.referral)}</span>
      <span class="quiet">{of.to?.office ?? t("referrals.any_office")}</span>
      {limit && (
        <span class={of.overdue ? "overdue" : "quiet"}>
          {time(limit)}
          {of.overdue && ` · ${t("referrals.overdue")}`}
        </span>
      )}
    </>
  );
}

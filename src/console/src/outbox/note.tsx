/** On every page: what this person said and is not on record, what is done about it, and why some of it is not sent. */
import { useSignal } from "@preact/signals";
import { OFFLINE } from "../api/client";
import { t } from "../text";
import { type Entry, type Refusal, waits } from "./entry";
import { KINDS } from "./kinds";
import { discard, keepsNothing, sendNow, takeBack, unsent } from "./unsent";

export function UnsentNote() {
  const tooLate = useSignal<string | null>(null);
  const waiting = unsent.value.filter(waits);
  const stopped = unsent.value.filter((entry) => !waits(entry));
  if (unsent.value.length === 0 && !tooLate.value) return null;
  const back = async (entry: Entry) => {
    tooLate.value = (await takeBack(entry.id)) ? null : entry.name;
  };
  return (
    <section class="unsent" role="status" aria-label={t("outbox.title")}>
      {waiting.length > 0 && (
        <p>
          <strong>{t("outbox.unsent", { count: waiting.length })}</strong>{" "}
          {t(keepsNothing.value ? "outbox.not_kept" : "outbox.kept")}{" "}
          <button type="button" class="small" onClick={() => void sendNow()}>
            {t("outbox.send_now")}
          </button>
        </p>
      )}
      {tooLate.value && (
        <p>
          {t("outbox.too_late", { name: tooLate.value })}{" "}
          <button
            type="button"
            class="small"
            onClick={() => {
              tooLate.value = null;
            }}
          >
            {t("outbox.close")}
          </button>
        </p>
      )}
      <ul class="rows">
        {waiting.map((entry) => (
          <li key={entry.id}>
            <Name of={entry} />{" "}
            <button type="button" class="small" onClick={() => void back(entry)}>
              {t("outbox.take_back")}
            </button>
            {entry.tried && entry.tried.status !== OFFLINE && (
              <p class="quiet">{t("outbox.tried", { why: entry.tried.detail || entry.tried.title })}</p>
            )}
          </li>
        ))}
        {stopped.map((entry) => (
          <Stopped key={entry.id} of={entry} refusals={entry.stopped ?? []} />
        ))}
      </ul>
    </section>
  );
}

const Name = ({ of }: { of: Entry }) => (
  <>
    <a href={KINDS[of.kind].page(of)}>{of.name}</a>: {KINDS[of.kind].words(of)}
  </>
);

function Stopped({ of: entry, refusals }: { of: Entry; refusals: Refusal[] }) {
  return (
    <li class={refusals.length > 0 ? "refused" : undefined}>
      <strong>
        {refusals.length > 0
          ? t("outbox.refused", { count: entry.about.length })
          : t(entry.unsure ? "outbox.taken_back_unsure" : "outbox.taken_back")}
      </strong>{" "}
      <Name of={entry} />{" "}
      <button type="button" class="small" onClick={() => discard(entry.id)}>
        {t("outbox.discard")}
      </button>
      {refusals.map(({ of, problem }) => (
        <p key={of}>
          {of && entry.about.length > 1 && (
            <>
              <a href={`/console/consignments/${encodeURIComponent(of)}`}>{of}</a>{" "}
            </>
          )}
          {problem.detail || problem.title} {problem.remedy}
        </p>
      ))}
      <p class="quiet">{t("outbox.in_its_form")}</p>
    </li>
  );
}

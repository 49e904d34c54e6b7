/** Seals, the code of the result, the office with its reference, and what there is to say in words. */
import { t } from "../text";
import type { Change } from "./draft";
import { codesFor, type Draft, SEALS } from "./result";

export function Rest({
  draft,
  change,
  codes,
}: {
  draft: Draft;
  change: Change;
  codes: Record<string, string>;
}) {
  const offered = codesFor(draft.outcome, codes);
  return (
    <section class="rest">
      <label>
        {t("control.seals")}
        <select
          value={draft.seals}
          onChange={(event) => change({ ...draft, seals: event.currentTarget.value as Draft["seals"] })}
        >
          <option value="">–</option>
          {SEALS.map((seal) => (
            <option key={seal} value={seal}>
              {t(`control.seals_${seal}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("control.code")}
        <select
          value={draft.code ?? ""}
          onChange={(event) => change({ ...draft, code: event.currentTarget.value || null })}
        >
          <option value="">{t("control.missing_code")}</option>
          {offered.map((code) => (
            <option key={code} value={code}>
              {code}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("control.office")}
        <input
          value={draft.office}
          maxLength={120}
          autocomplete="organization"
          onInput={(event) => change({ ...draft, office: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("control.reference")}
        <input
          value={draft.reference}
          maxLength={120}
          onInput={(event) => change({ ...draft, reference: event.currentTarget.value })}
        />
      </label>
      <label class="wide">
        {t("control.comment")}
        <textarea
          rows={3}
          maxLength={2000}
          value={draft.comment}
          onInput={(event) => change({ ...draft, comment: event.currentTarget.value })}
        />
      </label>
      <p class="quiet wide">{t("control.no_photos")}</p>
    </section>
  );
}

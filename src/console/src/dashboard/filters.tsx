/** Which days, site and scanner: each change goes into the address. */
import { useState } from "preact/hooks";
import { t } from "../text";
import type { Asked } from "./asked";

export function Filters({
  asked,
  sites,
  scanners,
  go,
}: {
  asked: Asked;
  sites: string[];
  scanners: string[];
  go: (next: Asked) => void;
}) {
  const [draft, setDraft] = useState(asked);
  const set = (change: Partial<Asked>) => setDraft({ ...draft, ...change });
  return (
    <form
      class="filters"
      aria-label={t("dashboard.filters")}
      onSubmit={(event) => {
        event.preventDefault();
        go(draft);
      }}
    >
      <label>
        {t("dashboard.first_day")}
        <input
          type="date"
          required
          value={draft.first}
          max={draft.last}
          onInput={(event) => set({ first: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("dashboard.last_day")}
        <input
          type="date"
          required
          value={draft.last}
          min={draft.first}
          onInput={(event) => set({ last: event.currentTarget.value })}
        />
      </label>
      <Choice
        label={t("dashboard.site")}
        value={asked.site}
        among={sites}
        choose={(site) => go({ ...draft, site })}
      />
      <Choice
        label={t("dashboard.scanner")}
        value={asked.scanner}
        among={scanners}
        choose={(scanner) => go({ ...draft, scanner })}
      />
      <label>
        {t("dashboard.zone")}
        <input
          required
          list="zones"
          value={draft.zone}
          onInput={(event) => set({ zone: event.currentTarget.value })}
        />
        <datalist id="zones">
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </label>
      <button type="submit" class="main">
        {t("dashboard.show")}
      </button>
    </form>
  );
}

function Choice({
  label,
  value,
  among,
  choose,
}: {
  label: string;
  value: string;
  among: string[];
  choose: (value: string) => void;
}) {
  const known = among.filter((name) => name !== "");
  const all = value && !known.includes(value) ? [value, ...known] : known;
  return (
    <label>
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("dashboard.all")}</option>
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

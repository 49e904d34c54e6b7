/** What narrows the list. Each choice is in the address at once. */

import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import { laneName } from "../lanes";
import { useLoaded } from "../load";
import { TypedFilter } from "../parts/typed_filter";
import { ownSite } from "../session";
import { t, word } from "../text";
import {
  addressOf,
  DUE_HOURS,
  type Filters,
  filtersIn,
  LANES,
  savedFilters,
  saveFilters,
  WAITS,
} from "./filters";
import type { QueueOnPage } from "./use_queue";

export function FilterBar({
  filters,
  counts,
  search,
  onChange,
}: {
  filters: Filters;
  counts: QueueOnPage["counts"];
  search: RefObject<HTMLInputElement | null>;
  onChange: (filters: Filters) => void;
}) {
  const change = (more: Partial<Filters>) => onChange({ ...filters, ...more });
  return (
    <search class="filters">
      <fieldset class="tabs">
        <legend>{t("queue.column_waits")}</legend>
        {WAITS.map((each) => (
          <Tab
            key={each}
            on={filters.waits_for.includes(each)}
            name={word("queue", `waits_${each}`)}
            count={counts?.waits_for[each] ?? 0}
            onTurn={() => change({ waits_for: toggled(filters.waits_for, each) })}
          />
        ))}
      </fieldset>
      <fieldset class="tabs lanes">
        <legend>{t("queue.column_lane")}</legend>
        {LANES.map((lane) => (
          <Tab
            key={lane}
            on={filters.lane.includes(lane)}
            name={laneName(lane)}
            kind={`lane ${lane}`}
            count={counts?.lanes[lane] ?? 0}
            onTurn={() => change({ lane: toggled(filters.lane, lane) })}
          />
        ))}
      </fieldset>
      <div class="fields">
        <Site value={filters.site} onChange={(site) => change({ site })} />
        <TypedFilter
          name={t("queue.text")}
          value={filters.text}
          field={search}
          onChange={(text) => change({ text })}
        />
        <TypedFilter
          name={t("queue.trader")}
          value={filters.trader}
          onChange={(trader) => change({ trader })}
        />
        <TypedFilter name={t("queue.goods")} value={filters.goods} onChange={(goods) => change({ goods })} />
        <Choice
          name={t("queue.due")}
          value={filters.due}
          of={[
            ["", t("queue.any")],
            ...DUE_HOURS.map((h): [string, string] => [`${h}`, t("queue.due_within", { hours: h })]),
          ]}
          onChange={(due) => change({ due })}
        />
        <Choice
          name={t("queue.selected")}
          value={filters.selected}
          of={[
            ["", t("queue.any")],
            ["scan", t("queue.selected_scan")],
            ["opening", t("queue.selected_opening")],
          ]}
          onChange={(selected) => change({ selected: selected as Filters["selected"] })}
        />
        <Choice
          name={t("queue.scanned")}
          value={filters.scanned}
          of={[
            ["", t("queue.any")],
            ["true", t("queue.scanned_true")],
            ["false", t("queue.scanned_false")],
          ]}
          onChange={(scanned) => change({ scanned: scanned as Filters["scanned"] })}
        />
        <Choice
          name={t("queue.state")}
          value={filters.state}
          of={[
            ["open", t("queue.state_open")],
            ["released", t("queue.state_released")],
          ]}
          onChange={(state) => change({ state: state as Filters["state"] })}
        />
        <Choice
          name={t("queue.order")}
          value={filters.order}
          of={[
            ["risk", t("queue.order_risk")],
            ["deadline", t("queue.order_deadline")],
          ]}
          onChange={(order) => change({ order: order as Filters["order"] })}
        />
        <Saved filters={filters} onChange={onChange} />
      </div>
    </search>
  );
}

const toggled = <Value,>(all: Value[], one: Value): Value[] =>
  all.includes(one) ? all.filter((each) => each !== one) : [...all, one];

function Tab({
  on,
  name,
  count,
  kind,
  onTurn,
}: {
  on: boolean;
  name: string;
  count: number;
  kind?: string;
  onTurn: () => void;
}) {
  return (
    <button type="button" class="tab" aria-pressed={on} onClick={onTurn}>
      <span class={kind}>{name}</span> <b>{count}</b>
    </button>
  );
}

function Choice({
  name,
  value,
  of,
  onChange,
}: {
  name: string;
  value: string;
  of: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <label>
      {name}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {of.map(([code, text]) => (
          <option key={code} value={code}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Site({ value, onChange }: { value: string; onChange: (site: string) => void }) {
  const sites = useLoaded(async (signal) => dataOf(await api.GET("/v1/queue/sites", { signal })), []);
  const known = Object.entries(sites.data ?? {});
  const others = value && !known.some(([site]) => site === value) ? [[value, 0] as [string, number]] : [];
  return (
    <Choice
      name={t("queue.site")}
      value={value}
      of={[
        ...(ownSite() ? [] : [["", t("queue.every_site")] as [string, string]]),
        ...[...known, ...others].map(([site, count]): [string, string] => [site, `${site} (${count})`]),
      ]}
      onChange={onChange}
    />
  );
}

/** Filters kept in this browser under a name. */
function Saved({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const [saved, setSaved] = useState(savedFilters);
  const [name, setName] = useState("");
  const address = addressOf(filters);
  const here = Object.entries(saved).find(([, kept]) => kept === address)?.[0] ?? "";
  const save = (as: string, kept: string | null) => {
    saveFilters(as, kept);
    setSaved(savedFilters());
    setName("");
  };
  return (
    <div class="saved">
      {Object.keys(saved).length > 0 && (
        <Choice
          name={t("queue.saved")}
          value={here}
          of={[
            ["", t("queue.saved_none")],
            ...Object.keys(saved).map((each): [string, string] => [each, each]),
          ]}
          onChange={(chosen) => {
            const kept = saved[chosen];
            if (kept) onChange(filtersIn(new URL(kept, location.origin).search));
          }}
        />
      )}
      {here ? (
        <button type="button" onClick={() => save(here, null)}>
          {t("queue.forget")}
        </button>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) save(name.trim(), address);
          }}
        >
          <label>
            {t("queue.save_as")}
            <input value={name} maxLength={40} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={!name.trim()}>
            {t("queue.save")}
          </button>
        </form>
      )}
    </div>
  );
}

/** What happened to a scan, in order; each thing opens to the records that say so. */

import { useState } from "preact/hooks";
import type { components } from "../api/schema";
import { laneName } from "../lanes";
import { t, time, word } from "../text";

export type Trail = components["schemas"]["Trail"];
export type Entry = components["schemas"]["TrailEntry"];
type Values = Record<string, unknown>;

/** What a person did or decided, what the machine did, what others were told: for filters and colours. */
export const GROUPS: Record<string, readonly string[]> = {
  people: [
    "decided",
    "referred",
    "corrected",
    "undone",
    "disposed",
    "inspected",
    "event_replay",
    "event_skip",
  ],
  reading: ["read", "not_read", "unit", "copied_by", "image_again", "other_view"],
  papers: ["arrived", "cut", "declared", "came_in", "quarantined"],
  joins: ["join_joined", "join_proposed", "join_open", "join_split", "selected", "not_selected", "risk_step"],
  told: ["event", "shown_live"],
};

export const groupOf = (kind: string): string =>
  Object.keys(GROUPS).find((group) => GROUPS[group]?.includes(kind)) ?? "other";

export function Timeline({ entries }: { entries: readonly Entry[] }) {
  return (
    <ol class="timeline">
      {entries.map((entry, index) => (
        <li key={`${entry.at} ${entry.kind} ${index}`} class={groupOf(entry.kind)}>
          <time dateTime={entry.at}>{time(entry.at)}</time>
          <div>
            <p class="what">
              <strong>{word("audit", `kind_${entry.kind}`)}</strong>{" "}
              {entry.by && <span class="by">{entry.by}</span>} {said(entry)}{" "}
              {entry.values.superseded_by != null && (
                <span class="superseded">
                  {t("audit.superseded", { revision: String(entry.values.superseded_by) })}
                </span>
              )}
            </p>
            <Records entry={entry} />
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Written only when they are opened: a reading has hundreds of lines. */
function Records({ entry }: { entry: Entry }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("audit.records", { count: entry.sources.length })} <span class="quiet">{tables(entry)}</span>
      </summary>
      {open &&
        entry.sources.map((source) => (
          <Source key={`${source.table} ${JSON.stringify(source.key)}`} source={source} />
        ))}
    </details>
  );
}

function Source({ source }: { source: Entry["sources"][number] }) {
  return (
    <section class="source">
      <h3>
        <code>{source.table}</code> <code class="quiet">{Object.values(source.key).join(" · ")}</code>
      </h3>
      <p class="quiet">
        SHA-256 <code>{source.sha256}</code>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long record is scrolled with the keys */}
      <pre tabIndex={0}>{JSON.stringify(source.record, null, 1)}</pre>
    </section>
  );
}

const tables = (entry: Entry): string => [...new Set(entry.sources.map((each) => each.table))].join(", ");

/** In the reader's language where the words are ours; what people and systems wrote stays as it is. */
function said(entry: Entry): string {
  const values = entry.values as Values;
  const key = `audit.said_${entry.kind}`;
  const text = (name: string): string => {
    const value = values[name];
    return value === null || value === undefined ? "–" : String(value);
  };
  switch (entry.kind) {
    case "read":
      return t(key, {
        revision: text("revision"),
        model: text("model"),
        thresholds: text("thresholds"),
        group: text("calibration"),
        version: text("declaration_version"),
        lane: laneName(text("lane")),
        search: word("audit", `search_${text("decision")}`),
        software: text("software"),
        supersedes: values.supersedes === null ? "" : t("audit.supersedes", { revision: text("supersedes") }),
      });
    case "decided":
    case "referred":
    case "corrected":
      return t(key, {
        reader: word("audit", `reader_${text("reader")}`),
        answer: word("models", `answer_${text("answer")}`),
        reason: text("reason").replaceAll("_", " "),
        comment: values.comment ? `“${text("comment")}”` : "",
      });
    case "disposed":
      return t(key, {
        disposition: word("dispose", `step_${text("disposition")}`),
        ground: word("reasons", text("ground")),
        comment: values.comment ? `“${text("comment")}”` : "",
      });
    case "declared":
      return t(key, { version: text("version"), consignment: text("consignment"), origin: text("origin") });
    case "risk_step":
      return t(key, {
        sequence: text("sequence"),
        consignment: text("consignment"),
        lane: laneName(text("lane")),
        event: text("event").replaceAll("_", " "),
      });
    case "event":
      return `${text("type")} → ${sinks(values)}`;
    case "inspected":
      return t(key, { result: word("models", `answer_${text("result")}`), items: text("items") });
    case "arrived":
    case "undone":
    case "unit":
    case "cut":
    case "image_again":
    case "other_view":
    case "copied_by":
      return t(key, Object.fromEntries(Object.keys(values).map((name) => [name, text(name)])));
    case "came_in":
      return t(key, {
        what: word("audit", `came_${text("what")}`),
        outcome: values.outcome ? word("models", `answer_${text("outcome")}`) : "",
      });
    case "join_joined":
    case "join_proposed":
    case "join_open":
    case "join_split":
      return `${values.consignment ? `${text("consignment")}: ` : ""}${text("why")}`;
    case "selected":
    case "not_selected":
      return `${word("audit", `stage_${text("stage")}`)}: ${text("why")}`;
    case "event_replay":
    case "event_skip":
      return t("audit.said_event_action", { event: text("event"), reason: text("reason") });
    default:
      return entry.in_words;
  }
}

function sinks(values: Values): string {
  const told = values.sinks as { sink: string; state: string; delivered_at: string | null }[];
  return told
    .map(({ sink, state, delivered_at }) => {
      const arrived = delivered_at
        ? t("audit.delivered", { at: time(delivered_at) })
        : word("audit", `sink_${state}`);
      return `${sink} (${arrived})`;
    })
    .join(", ");
}

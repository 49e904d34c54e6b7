/** What waits for a person's decision, in the order in which to look. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { choices as askChoices, listed, takeNext } from "../desk/asking";
import { IntakeNote } from "../parts/intake";
import { InWords } from "../parts/said";
import "../desk/desk.css";
import { KeyHint } from "../desk/key_hint";
import "../desk/keys";
import { type DeskLine, type DeskList, LANES, READERS } from "../desk/types";
import { UndoBar } from "../desk/undo_bar";
import { family, indicator, score, waits } from "../desk/words";
import { useKeys } from "../keys";
import { laneTitle } from "../lanes";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { isOwn, session } from "../session";
import { t } from "../text";

const AGAIN_MS = 5_000;
const PAGE = 50;
const SITE_KEY = "tallyscan.site";
/** The site of scans that name none, as the service calls it. */
const UNNAMED = "UNNAMED";

export default function Desk() {
  const { query } = useRoute();
  const choices = useLoaded(askChoices, []);
  return (
    <div class="desk-page">
      <UndoBar />
      <Shown of={choices}>
        {({ sites }) => {
          const site = query.site ?? siteOf(sites);
          return site ? (
            <OfSite key={site} site={site} sites={sites} />
          ) : (
            <Empty>{t("desk.no_scans_yet")}</Empty>
          );
        }}
      </Shown>
    </div>
  );
}

/** Where they worked last in this browser, if it is theirs to see. */
function siteOf(sites: readonly string[]): string | undefined {
  const last = localStorage.getItem(SITE_KEY);
  return last !== null && (last === UNNAMED || isOwn(last)) ? last : sites[0];
}

/** Filters stand in the address, so that a list can be kept and sent. */
function useFilters(site: string) {
  const { query } = useRoute();
  const { route } = useLocation();
  const asked = { site, lane: query.lane ?? "", reader: query.reader ?? "" };
  const change = (changed: Partial<typeof asked>) => {
    const filled = Object.entries({ ...asked, ...changed }).filter(([, value]) => value !== "");
    route(`/console/desk?${new URLSearchParams(filled)}`, true);
  };
  return { asked, change };
}

function OfSite({ site, sites }: { site: string; sites: readonly string[] }) {
  const person = session.value?.person ?? "";
  const { route } = useLocation();
  const { asked, change } = useFilters(site);
  const [limit, setLimit] = useState(PAGE);
  const [nothing, setNothing] = useState(false);
  const list = useLoaded(
    (signal) => listed({ ...asked, person, limit }, signal),
    [...Object.values(asked), person, limit],
  );
  const rows = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    localStorage.setItem(SITE_KEY, site);
    const timer = setInterval(() => document.hidden || list.again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [site, list.again]);
  const step = (by: number) => {
    const links = [...(rows.current?.querySelectorAll<HTMLElement>("a.scan") ?? [])];
    const now = links.indexOf(document.activeElement as HTMLElement);
    links[Math.min(Math.max(now + by, 0), links.length - 1)]?.focus();
  };
  const next = async () => {
    try {
      const found = await takeNext(site, person, null);
      setNothing(found === null);
      if (found) route(`/console/scans/${found.scan}`);
    } catch {
      // The list itself says that there is no connection.
    }
  };
  useKeys({ "desk.down": () => step(1), "desk.up": () => step(-1), "desk.next": () => void next() });
  return (
    <>
      <header class="desk-head">
        <h1>{t("desk.title")}</h1>
        <Choice
          label={t("desk.site")}
          value={site}
          of={[...new Set([site, ...sites])]}
          text={(each) => (each === UNNAMED ? t("desk.unnamed") : each)}
          put={(to) => change({ site: to })}
        />
        <Choice
          label={t("desk.lane")}
          value={asked.lane}
          of={["", ...LANES]}
          text={(lane) => (lane ? laneTitle(lane) : t("desk.all"))}
          put={(lane) => change({ lane })}
        />
        <Choice
          label={t("desk.reading")}
          value={asked.reader}
          of={["", ...READERS]}
          text={(reader) => (reader ? t(`desk.reader_${reader}`) : t("desk.all"))}
          put={(reader) => change({ reader })}
        />
        {list.data && <Counts list={list.data} />}
        <button type="button" class="main" onClick={() => void next()}>
          {t("desk.take_next")} <KeyHint of="desk.next" />
        </button>
      </header>
      <IntakeNote />
      {nothing && <p role="status">{t("desk.nothing_waits")}</p>}
      <Shown of={list}>
        {(data) =>
          data.scans.length === 0 ? (
            <Empty>{t("desk.nothing_waits")}</Empty>
          ) : (
            <>
              <table class="desk-list">
                <caption class="unseen">{t("desk.title")}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t("desk.lane")}</th>
                    <th scope="col">{t("desk.scan_and_reason")}</th>
                    <th scope="col">{t("desk.goods")}</th>
                    <th scope="col">{t("desk.reading")}</th>
                    <th scope="col" class="number">
                      {t("desk.waits")}
                    </th>
                  </tr>
                </thead>
                <tbody ref={rows}>
                  {data.scans.map((line) => (
                    <Line key={line.scan} line={line} now={new Date()} />
                  ))}
                </tbody>
              </table>
              {data.next && (
                <button type="button" onClick={() => setLimit(limit + PAGE)}>
                  {t("desk.more", { count: data.waiting - data.scans.length })}
                </button>
              )}
            </>
          )
        }
      </Shown>
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  of: readonly string[];
  text?: (value: string) => string;
  put: (value: string) => void;
}

function Choice({ label, value, of, text = (each) => each, put }: ChoiceProps) {
  return (
    <label>
      {label}{" "}
      <select value={value} onChange={(event) => put(event.currentTarget.value)}>
        {of.map((each) => (
          <option key={each} value={each}>
            {text(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Counts({ list }: { list: DeskList }) {
  const others = READERS.filter((reader) => reader !== "first" && (list.readers[reader] ?? 0) > 0);
  return (
    <p class="grow" role="status">
      <strong>{t("desk.count", { count: list.waiting })}</strong>
      {others.map((reader) => ` · ${t(`desk.reader_${reader}`)}: ${list.readers[reader]}`)}
    </p>
  );
}

function Line({ line, now }: { line: DeskLine; now: Date }) {
  const [reason] = line.reasons;
  return (
    <tr class={line.claimed_by ? "claimed" : undefined}>
      <td>
        {line.blind ? (
          <span class="lane blind">{t("desk.blind_short")}</span>
        ) : (
          line.lane && (
            <>
              <span class={`lane ${line.lane}`}>{laneTitle(line.lane)}</span>{" "}
              {line.score !== null && <span class="quiet">{score(line.score)}</span>}
            </>
          )
        )}
      </td>
      <td>
        <a class="scan" href={`/console/scans/${line.scan}`}>
          {line.marks.join(" · ") || line.consignment || line.scan.slice(0, 8)}
          {line.unit !== null && ` · ${t("desk.unit", { number: line.unit })}`}
        </a>
        <p class="why">
          {line.blind && t("desk.blind_line")}
          {reason && (
            <>
              <strong>{reason.family ? family(reason.family) : indicator(reason.code)}</strong>{" "}
              {reason.in_words && <InWords english={reason.in_words} sentences={reason.said} />}
            </>
          )}
          {!line.blind && !reason && t("desk.nothing_stands_out")}
        </p>
      </td>
      <td>{line.goods ?? <span class="quiet">{t("desk.undeclared")}</span>}</td>
      <td>
        {t(`desk.reader_${line.reader}`)}
        {line.claimed_by && <p class="quiet">{t("desk.read_by", { person: line.claimed_by })}</p>}
        {line.budget && !line.budget.selected && <p class="quiet">{t("desk.beyond_budget")}</p>}
      </td>
      <td class="number">{waits(line.waits_since, now)}</td>
    </tr>
  );
}

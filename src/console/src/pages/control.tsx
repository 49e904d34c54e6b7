/** What a control came to, entered by phone beside the load: kept on the device until it has arrived, and sent once. */
import { get, set } from "idb-keyval";
import { useEffect, useMemo, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import { newId } from "../desk/identity";
import "../inspect/control.css";
import { Choices } from "../inspect/choices";
import { ItemFields } from "../inspect/item_fields";
import { Places } from "../inspect/places";
import {
  codesFor,
  type Draft,
  draftAgain,
  EMPTY,
  type Item,
  missing,
  newItem,
  OUTCOMES,
  partsOf,
  type Region,
  regionKey,
  regionsOf,
  SEALS,
  type Sheet,
} from "../inspect/result";
import { useLoaded } from "../load";
import { entryOf } from "../outbox/entry";
import { post, stoppedOf, waitingOf } from "../outbox/unsent";
import { Shown } from "../parts/states";
import { session } from "../session";
import { language, t } from "../text";

const MOST_SCANS = 8;

interface Loaded {
  sheets: Sheet[];
  codes: Record<string, string>;
}

export default function ControlPage() {
  const consignment = useRoute().params.consignment ?? "";
  return <OfConsignment key={consignment} consignment={consignment} />;
}

function OfConsignment({ consignment }: { consignment: string }) {
  const loaded = useLoaded((signal) => load(consignment, signal), [consignment, language.value]);
  return (
    <div class="control">
      <h1>{t("control.title")}</h1>
      <p class="consignment">{consignment}</p>
      <Shown of={loaded}>{(data) => <Control consignment={consignment} data={data} />}</Shown>
    </div>
  );
}

/** The sheets of its scans; of a scan with parts those of the parts, for they are what is opened. */
async function load(consignment: string, signal: AbortSignal): Promise<Loaded> {
  const query = { consignment, limit: 50 };
  const { scans } = dataOf(await api.GET("/v1/scans", { params: { query }, signal }));
  const wholes = new Set(scans.map((scan) => scan.part_of));
  const opened = scans.filter((scan) => !wholes.has(scan.id)).slice(0, MOST_SCANS);
  const sheets = opened.map(
    async (scan) =>
      dataOf(
        await api.GET("/v1/scans/{scan_id}/sheet", {
          params: { path: { scan_id: scan.id }, query: { language: language.value } },
          signal,
        }),
      ) as unknown as Sheet, // the client makes arrays of tuples
  );
  const { codes } = dataOf(await api.GET("/v1/control-result-codes", { signal }));
  return { sheets: await Promise.all(sheets), codes };
}

function Control({ consignment, data }: { consignment: string; data: Loaded }) {
  const [draft, change] = useDraft(consignment);
  const [sent, setSent] = useState(false);
  const [asked, setAsked] = useState(false);
  const waiting = waitingOf("control", consignment);
  const stopped = stoppedOf("control", consignment);
  useEffect(() => {
    if (!stopped || !draft) return;
    setSent(false);
    if (!draft.outcome) change(draftAgain(stopped));
  }, [stopped?.id, draft === null]);
  if (!draft) return null;
  const wrong = missing(draft);

  const send = async () => {
    setAsked(true);
    if (wrong.length > 0) return;
    const by = session.value?.person ?? "";
    const parts = partsOf(draft, consignment, data.sheets, by);
    const made = { id: newId(), kind: "control" as const, by, about: [consignment], name: consignment };
    setSent(true);
    setAsked(false);
    void post(entryOf({ ...made, parts, draft }));
    change(EMPTY); // only now: what was entered is kept in its new form
    document.getElementById("main")?.scrollTo(0, 0);
  };

  if (waiting) return <p class="kept">{t("control.kept")}</p>;
  if (sent && !stopped)
    return (
      <>
        <p class="arrived" role="status">
          {t("control.sent")}
        </p>
        <button type="button" class="big" onClick={() => setSent(false)}>
          {t("control.new_result")}
        </button>
      </>
    );
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <ToCheck sheets={data.sheets} />
      <Choices
        name="outcome"
        legend={t("control.outcome")}
        chosen={draft.outcome}
        choose={(outcome) => change({ ...draft, outcome, code: codesFor(outcome, data.codes)[0] ?? null })}
        of={OUTCOMES.map((value) => ({
          value,
          text: t(`control.${value}`),
          hint: t(`control.${value}_hint`),
        }))}
      />
      {draft.outcome && draft.outcome !== "not_opened" && (
        <Opened draft={draft} change={change} data={data} />
      )}
      <Rest draft={draft} change={change} codes={data.codes} />
      {asked && wrong.length > 0 && (
        <ul class="wrong" role="alert">
          {wrong.map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      )}
      <div class="send">
        <button type="submit" class="main big">
          {t("control.send")}
        </button>
      </div>
    </form>
  );
}

type Change = (draft: Draft) => void;

function Opened({ draft, change, data }: { draft: Draft; change: Change; data: Loaded }) {
  const found = draft.outcome === "found" || draft.outcome === "discrepancy";
  const setItems = (items: Item[]) => change({ ...draft, items });
  const sayPlace = (sheet: Sheet, region: Region, there: boolean | null) => {
    const regions = { ...draft.regions, [regionKey(sheet.scan, region.id)]: there };
    const named = draft.items.some((item) => item.scan === sheet.scan && item.region === region.id);
    const items =
      there === true && found && !named ? [...draft.items, newItem(sheet.scan, region)] : draft.items;
    change({ ...draft, regions, items });
  };
  return (
    <>
      <Choices
        name="opened"
        legend={t("control.opened")}
        chosen={draft.opened}
        choose={(opened) => change({ ...draft, opened })}
        of={(["wholly", "in_part"] as const).map((value) => ({ value, text: t(`control.${value}`) }))}
      />
      <Places sheets={data.sheets} draft={draft} say={sayPlace} />
      {found && (
        <section class="items">
          {draft.items.map((item, index) => (
            <ItemFields
              key={item.key}
              number={index + 1}
              item={item}
              sheets={data.sheets}
              change={(changed) =>
                setItems(draft.items.map((each) => (each.key === item.key ? changed : each)))
              }
              remove={() => setItems(draft.items.filter((each) => each.key !== item.key))}
            />
          ))}
          <button
            type="button"
            class="big"
            onClick={() => setItems([...draft.items, newItem(data.sheets[0]?.scan ?? "")])}
          >
            {t("control.add_item")}
          </button>
        </section>
      )}
    </>
  );
}

function Rest({ draft, change, codes }: { draft: Draft; change: Change; codes: Record<string, string> }) {
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

/** Numbers and seals, before anything is opened. */
function ToCheck({ sheets }: { sheets: Sheet[] }) {
  if (sheets.length === 0) return <p class="quiet">{t("control.no_scans")}</p>;
  const lines = sheets.flatMap((sheet) => sheet.checks.map((line) => `${line.label}: ${line.value}`));
  return (
    <details class="to-check" open>
      <summary>{t("control.to_check")}</summary>
      <ul>
        {[...new Set(lines)].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {sheets
        .filter((sheet) => !sheet.assessed)
        .map((sheet) => (
          <p class="not-assessed" key={sheet.scan}>
            {sheet.labels.not_assessed}: {sheet.not_assessed[0]}
          </p>
        ))}
      {sheets.some((sheet) => regionsOf(sheet).length === 0) && (
        <p class="quiet">{sheets[0]?.labels.no_regions}</p>
      )}
    </details>
  );
}

/** What is being entered, as the device keeps it: a closed tab or an empty battery loses nothing. */
function useDraft(consignment: string): [Draft | null, Change] {
  const [draft, setDraft] = useState<Draft | null>(null);
  const key = useMemo(() => `tallyscan.control ${consignment}`, [consignment]);
  useEffect(() => {
    let here = true;
    void get<Draft>(key)
      .catch(() => undefined)
      .then((found) => here && setDraft({ ...EMPTY, ...found }));
    return () => {
      here = false;
    };
  }, [key]);
  const change = (changed: Draft) => {
    setDraft(changed);
    void set(key, changed).catch(() => undefined);
  };
  return [draft, change];
}

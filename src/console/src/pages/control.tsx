/** What a control came to, entered by phone beside the load: kept on the device until it has arrived, and sent once. */
import { useEffect, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import { newId } from "../desk/identity";
import "../inspect/control.css";
import { Choices } from "../inspect/choices";
import { useDraft } from "../inspect/draft";
import { Opened } from "../inspect/opened";
import { Rest } from "../inspect/rest";
import { codesFor, draftAgain, EMPTY, missing, OUTCOMES, partsOf, type Sheet } from "../inspect/result";
import { ToCheck } from "../inspect/to_check";
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
        <Opened draft={draft} change={change} sheets={data.sheets} />
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

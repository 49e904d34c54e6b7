/** The inspection sheet of a scan, to read on a screen and to print on A4. Its words are the service's own. */
import { useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import "../inspect/sheet.css";
import type { Region, Sheet } from "../inspect/result";
import { keyOf, useKeys } from "../keys";
import "../inspect/keys";
import { useLoaded } from "../load";
import { Shown } from "../parts/states";
import { language, t } from "../text";

export default function SheetPage() {
  const scan = useRoute().params.scan ?? "";
  return <OfScan key={scan} scan={scan} />;
}

function OfScan({ scan }: { scan: string }) {
  const loaded = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/scans/{scan_id}/sheet", {
          params: { path: { scan_id: scan }, query: { language: language.value } },
          signal,
        }),
      ) as unknown as Sheet, // the client makes arrays of tuples
    [scan, language.value],
  );
  useKeys({ "sheet.print": () => window.print() });
  return <Shown of={loaded}>{(sheet) => <SheetPaper sheet={sheet} />}</Shown>;
}

function SheetPaper({ sheet }: { sheet: Sheet }) {
  const { labels } = sheet;
  const self = `/v1/scans/${sheet.scan}/sheet`;
  return (
    <article class="sheet" lang={sheet.language}>
      <Actions sheet={sheet} self={self} />
      <header class="sheet-head">
        <div>
          <h1>{labels.title}</h1>
          <Held by={sheet.held} />
          <Lines lines={sheet.head} />
        </div>
        {sheet.consignment && (
          <figure>
            <img src={`${self}/phone.svg`} alt={t("sheet.phone_code")} width="104" height="104" />
            <figcaption>{labels.phone}</figcaption>
          </figure>
        )}
      </header>
      {sheet.image && (
        <section class="overview">
          <h2>{labels.overview}</h2>
          <img src={`${self}/overview`} alt={t("sheet.overview")} />
          <Ends sheet={sheet} />
        </section>
      )}
      <section class="not-assessed">
        <h2>{labels.not_assessed}</h2>
        <Points of={sheet.not_assessed} />
      </section>
      <div class="columns">
        <section>
          <h2>{labels.reasons}</h2>
          <Points of={sheet.reasons} />
          {sheet.questions.length > 0 && (
            <>
              <h2>{labels.questions}</h2>
              <Points of={sheet.questions} />
            </>
          )}
        </section>
        <section>
          <h2>{labels.checks}</h2>
          <ul class="ticks">
            {sheet.checks.map((line) => (
              <li key={line.value}>
                <span class="quiet">{line.label}</span> {line.value}
              </li>
            ))}
          </ul>
        </section>
      </div>
      <Declared sheet={sheet} />
      {sheet.groups.length === 0 && (
        <section>
          <h2>{labels.where_to_look}</h2>
          <p>{labels.no_regions}</p>
        </section>
      )}
      {sheet.groups.map((group) => (
        <section class="group" key={group.unit}>
          <h2>
            {labels.where_to_look}: {group.title}
          </h2>
          {group.access && <p>{group.access}</p>}
          {group.regions.map((region) => (
            <RegionCard key={region.id} region={region} sheet={sheet} self={self} />
          ))}
        </section>
      ))}
      {sheet.groups.length > 0 && (
        <section class="limits">
          <h2>{labels.limits}</h2>
          <Points of={sheet.limits} />
        </section>
      )}
      <Result labels={labels} />
    </article>
  );
}

function Actions({ sheet, self }: { sheet: Sheet; self: string }) {
  return (
    <nav class="sheet-actions" aria-label={sheet.labels.title}>
      <button type="button" class="main" onClick={() => window.print()}>
        {t("sheet.print")} <kbd>{keyOf("sheet.print")}</kbd>
      </button>
      <a href={`${self}.pdf?language=en`} target="_blank" rel="noopener">
        {t("sheet.pdf_en")}
      </a>
      <a href={`${self}.pdf?language=uk`} target="_blank" rel="noopener">
        {t("sheet.pdf_uk")}
      </a>
      <a href={`/console/scans/${sheet.scan}`}>{t("sheet.to_scan")}</a>
      {sheet.consignment ? (
        <a href={`/console/control/${encodeURIComponent(sheet.consignment)}`}>{t("sheet.enter_result")}</a>
      ) : (
        <span class="quiet">{t("sheet.no_consignment")}</span>
      )}
    </nav>
  );
}

/** What the machine read and what officers decided, the gravest first and largest. */
function Held({ by }: { by: Sheet["held"] }) {
  return (
    <ul class="held">
      {by.map(({ lane, label, value }) => (
        <li key={`${label} ${value}`}>
          <span class="quiet">{label}</span> <strong class={`lane ${lane}`}>{value}</strong>
        </li>
      ))}
    </ul>
  );
}

/** At which end of the picture the doors are, or that they are at neither for sure. */
function Ends({ sheet }: { sheet: Sheet }) {
  const placed = sheet.groups.flatMap((group) => group.regions).find((region) => region.place);
  const doors = placed?.place ? placed.place.doors.end : sheet.image?.doors.end;
  const { labels } = sheet;
  const [left, right] =
    doors === "left"
      ? [labels.doors, labels.front]
      : doors === "right"
        ? [labels.front, labels.doors]
        : [labels.left_end, labels.right_end];
  return (
    <p class="ends">
      <span>{left}</span>
      <span>{right}</span>
    </p>
  );
}

function RegionCard({ region, sheet, self }: { region: Region; sheet: Sheet; self: string }) {
  const { labels } = sheet;
  const said = region.in_words;
  return (
    <article class={`region ${region.source}`} aria-label={`${region.id} ${said.title}`}>
      <header>
        <h3>
          <span class="id">{region.id}</span> {said.title}
        </h3>
        <span class="quiet">{said.marked_by}</span>
      </header>
      <div class="region-body">
        {region.image_box && (
          <img src={`${self}/close-ups/${region.id}`} alt={t("sheet.close_up", { region: region.id })} />
        )}
        <div>
          <p class="where">
            {said.where.slice(0, 2).map((line) => (
              <strong key={line}>{line}</strong>
            ))}
          </p>
          <Points of={said.where.slice(2)} />
          <h4>{labels.look_for}</h4>
          <Points of={said.look_for} />
          {said.evidence.length > 0 && <h4>{labels.evidence}</h4>}
          <Points of={said.evidence} />
          {said.goods.length > 0 && <h4>{labels.goods}</h4>}
          <Points of={said.goods} />
        </div>
      </div>
      <Ticks of={[labels.there, labels.not_there, labels.not_looked]} />
    </article>
  );
}

function Declared({ sheet }: { sheet: Sheet }) {
  const { labels } = sheet;
  return (
    <section>
      <h2>{labels.declaration}</h2>
      {sheet.declaration.length === 0 ? <p>{labels.no_declaration}</p> : <Lines lines={sheet.declaration} />}
      {sheet.items.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{labels.item}</th>
              <th scope="col">{labels.description}</th>
              <th scope="col">{labels.hs}</th>
              <th scope="col">{labels.packages}</th>
              <th scope="col" class="number">
                {labels.mass}
              </th>
            </tr>
          </thead>
          <tbody>
            {sheet.items.map((item) => (
              <tr key={item.number}>
                <td>{item.number}</td>
                <td>{item.description}</td>
                <td>{item.hs}</td>
                <td>{item.packages}</td>
                <td class="number">{item.mass}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Room for a pen; on a screen the result is entered on its own page. */
function Result({ labels }: { labels: Record<string, string> }) {
  return (
    <section class="result" aria-hidden="true">
      <h2>{labels.result}</h2>
      <Choice name={labels.opened} of={[labels.opened_wholly, labels.opened_in_part, labels.opened_no]} />
      <Choice name={labels.outcome} of={[labels.found, labels.discrepancy, labels.nothing]} />
      <Choice
        name={labels.seals}
        of={[labels.seals_intact, labels.seals_broken, labels.seals_missing, labels.seals_replaced]}
      />
      <div class="room large">{labels.what_and_how_much}</div>
      <div class="room large">{labels.comment}</div>
      <div class="room">{labels.new_seal}</div>
      <div class="room-row">
        <div class="room">{labels.inspector}</div>
        <div class="room">{labels.time}</div>
        <div class="room">{labels.signature}</div>
      </div>
    </section>
  );
}

function Choice({ name, of }: { name: string | undefined; of: (string | undefined)[] }) {
  return (
    <div class="choice">
      <span class="quiet">{name}</span>
      <Ticks of={of} />
    </div>
  );
}

function Ticks({ of }: { of: (string | undefined)[] }) {
  return (
    <p class="tick-row" aria-hidden="true">
      {of.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </p>
  );
}

function Lines({ lines }: { lines: { label: string; value: string }[] }) {
  return (
    <dl class="lines">
      {lines.map((line) => (
        <div key={line.label}>
          <dt>{line.label}</dt>
          <dd>{line.value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Points({ of }: { of: string[] }) {
  if (of.length === 0) return null;
  return (
    <ul>
      {of.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

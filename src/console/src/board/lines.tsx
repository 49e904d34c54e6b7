/** What happens, newest first. */

import { laneTitle } from "../lanes";
import { clock } from "../live/clock";
import { saidIn } from "../live/said";
import type { Line } from "../live/stream";
import { Scrolled } from "../plots/scrolled";
import { t, word } from "../text";

const SPOKEN = 1;

export function Lines({ lines }: { lines: Line[] }) {
  return (
    <section class="panel lines" aria-label={t("board.lines")}>
      <h2>{t("board.lines")}</h2>
      {lines.length === 0 && <p class="hint">{t("board.no_lines")}</p>}
      <p class="unseen" aria-live="polite">
        {lines.slice(0, SPOKEN).map(spoken)}
      </p>
      <Scrolled name={t("board.lines")}>
        <ol class="happened">
          {lines.map((line) => (
            <li key={line.position}>
              <time dateTime={line.at}>{clock(line.at)}</time>
              <span class={`kind ${line.kind.split(".")[0]}`}>{word("board.kind", line.kind)}</span>
              {line.lane && <span class={`lane ${line.lane}`}>{laneTitle(line.lane)}</span>}
              <span class="words">
                <Of line={line} /> {saidIn(line)}
              </span>
            </li>
          ))}
        </ol>
      </Scrolled>
    </section>
  );
}

const spoken = (line: Line): string =>
  [word("board.kind", line.kind), line.consignment, saidIn(line)].filter(Boolean).join(", ");

function Of({ line }: { line: Line }) {
  if (line.scan) return <a href={`/console/scans/${line.scan}`}>{line.consignment ?? t("board.scan")}</a>;
  if (!line.consignment) return null;
  return <a href={`/console/consignments/${encodeURIComponent(line.consignment)}`}>{line.consignment}</a>;
}

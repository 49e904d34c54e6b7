/** The board of one site: figures that are asked for anew whenever a line says that something happened. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { keyOf, useKeys } from "../keys";
import "./keys";
import { clock } from "../live/clock";
import { settled } from "../live/settled";
import { Standing } from "../live/standing";
import type { Line, Stream } from "../live/stream";
import { useLive } from "../live/use_live";
import { type Loaded, useLoaded } from "../load";
import { IntakeNote } from "../parts/intake";
import { ProblemNote, Shown } from "../parts/states";
import { may, mayEnterResult } from "../session";
import { t } from "../text";
import { BudgetDialog } from "./budget";
import { CrossingPoints } from "./crossing_points";
import { Figures } from "./figures";
import { Lines } from "./lines";
import { Selected } from "./selected";
import { Waits } from "./waits";

export type BoardState = components["schemas"]["BoardState"];

const SETTLE_MS = 1000;
const ANYWAY_MS = 15_000;
const RECENT = 40;
const MOST_LINES = 60;

/** The newest lines of the site, newest first; what happens has the figures asked for anew, and time alone too. */
function useLines(site: string, ask: () => Promise<unknown>): { stream: Stream | null; lines: Line[] } {
  const [lines, setLines] = useState<Line[]>([]);
  const newest = useRef(ask);
  newest.current = ask;
  const asking = useMemo(() => settled(() => newest.current(), SETTLE_MS), []);
  useEffect(() => {
    const anyway = setInterval(asking.soon, ANYWAY_MS);
    return () => {
      clearInterval(anyway);
      asking.end();
    };
  }, [asking]);
  const line = (said: Line) => {
    setLines((before) => [said, ...before].slice(0, MOST_LINES));
    asking.soon();
  };
  return { stream: useLive(site, { line, gap: asking.soon }, RECENT), lines };
}

export function SiteBoard({ site }: { site: string }) {
  const [budgetOpen, setBudgetOpen] = useState(false);
  const wall = useRef<HTMLDivElement>(null);
  const path = { params: { path: { site } } };
  const board = useLoaded(
    (signal) => api.GET("/v1/sites/{site}/board", { ...path, signal }).then(dataOf),
    [site],
  );
  const toScan = useLoaded((signal) => selection(site, "before_scan", signal), [site]);
  const toOpen = useLoaded((signal) => selection(site, "after_scan", signal), [site]);
  const ask = () => Promise.all([board.again(), toScan.again(), toOpen.again()]);
  const { stream, lines } = useLines(site, ask);
  const showWall = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void wall.current?.requestFullscreen();
  };
  const setsBudget = may("targeting_officer");
  useKeys({ "board.wall": showWall, "board.budget": () => setBudgetOpen(setsBudget) });
  return (
    <div class="board" ref={wall}>
      <div class="head">
        <h1>{board.data?.site ?? site}</h1>
        <BoardStanding stream={stream} board={board} />
        <div class="ways">
          {setsBudget && (
            <button type="button" onClick={() => setBudgetOpen(true)}>
              {t("board.budget")} <kbd>{keyOf("board.budget")}</kbd>
            </button>
          )}
          <button type="button" onClick={showWall}>
            {t("board.wall")} <kbd>{keyOf("board.wall")}</kbd>
          </button>
        </div>
      </div>
      <IntakeNote />
      <Shown of={quiet(board)}>
        {(data) => (
          <>
            <Figures board={data} />
            <CrossingPoints site={data.site} />
            <div class="columns">
              <Waits board={data} />
              <Lines lines={lines} />
              <div class="selection">
                <Selected of={quiet(toScan)} title={t("board.to_be_scanned")} />
                <Selected of={quiet(toOpen)} title={t("board.to_be_opened")} opens={mayEnterResult()} />
              </div>
            </div>
          </>
        )}
      </Shown>
      {budgetOpen && (
        <BudgetDialog
          site={site}
          close={(changed) => {
            setBudgetOpen(false);
            if (changed) void ask();
          }}
        />
      )}
    </div>
  );
}

/** What is shown stays, and the head of the board alone says of when it is and what is wrong. */
const quiet = <Data,>(loaded: Loaded<Data>): Loaded<Data> => ({
  ...loaded,
  problem: loaded.data ? null : loaded.problem,
});

const selection = (site: string, stage: "before_scan" | "after_scan", signal: AbortSignal) =>
  api
    .GET("/v1/sites/{site}/selection", { params: { path: { site }, query: { stage, limit: 20 } }, signal })
    .then((answer) => dataOf(answer) as components["schemas"]["SelectionList"]);

function BoardStanding({ stream, board }: { stream: Stream | null; board: Loaded<BoardState> }) {
  return (
    <div class="standing">
      {stream && <Standing stream={stream} />}
      {board.data && <span>{t("board.as_of", { at: clock(board.data.at) })}</span>}
      {board.data && board.problem && !stream?.lostAt.value && <ProblemNote problem={board.problem} />}
    </div>
  );
}

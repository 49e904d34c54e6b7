/** The board of one site: figures that are asked for anew whenever a line says that something happened. */
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import type { components } from "../api/schema";
import { keyOf, useKeys } from "../keys";
import "./keys";
import { type Loaded, useLoaded } from "../load";
import { ProblemNote, Shown } from "../parts/states";
import { may, mayEnterResult } from "../session";
import { t } from "../text";
import { BudgetDialog } from "./budget";
import { clock } from "./clock";
import { Figures } from "./figures";
import { Lines } from "./lines";
import { Selected } from "./selected";
import { type Stream, watch } from "./stream";
import { Waits } from "./waits";

export type BoardState = components["schemas"]["BoardState"];

const SETTLE_MS = 1000;
const ANYWAY_MS = 15_000;

/** Counts up when lines came and have settled, and every now and then without any. */
function useStream(site: string): { stream: Stream; turn: number; now: () => void } {
  const [turn, setTurn] = useState(0);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const now = useCallback(() => setTurn((last) => last + 1), []);
  const soon = useCallback(() => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      now();
    }, SETTLE_MS);
  }, [now]);
  const stream = useMemo(() => watch(site, soon), [site, soon]);
  useEffect(() => {
    const anyway = setInterval(now, ANYWAY_MS);
    return () => {
      clearInterval(anyway);
      clearTimeout(waiting.current);
      stream.close();
    };
  }, [stream, now]);
  return { stream, turn, now };
}

export function SiteBoard({ site }: { site: string }) {
  const { stream, turn, now } = useStream(site);
  const [budgetOpen, setBudgetOpen] = useState(false);
  const wall = useRef<HTMLDivElement>(null);
  const path = { params: { path: { site } } };
  const board = useLoaded(
    (signal) => api.GET("/v1/sites/{site}/board", { ...path, signal }).then(dataOf),
    [site, turn],
  );
  const toScan = useLoaded((signal) => selection(site, "before_scan", signal), [site, turn]);
  const toOpen = useLoaded((signal) => selection(site, "after_scan", signal), [site, turn]);
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
        <Standing stream={stream} board={board} />
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
      <Shown of={{ ...board, problem: board.data ? null : board.problem }}>
        {(data) => (
          <>
            <Figures board={data} />
            <div class="columns">
              <Waits board={data} />
              <Lines lines={stream.lines.value} />
              <div class="selection">
                <Selected of={toScan} title={t("board.to_be_scanned")} />
                <Selected of={toOpen} title={t("board.to_be_opened")} opens={mayEnterResult()} />
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
            if (changed) now();
          }}
        />
      )}
    </div>
  );
}

const selection = (site: string, stage: "before_scan" | "after_scan", signal: AbortSignal) =>
  api
    .GET("/v1/sites/{site}/selection", { params: { path: { site }, query: { stage, limit: 20 } }, signal })
    .then((answer) => dataOf(answer) as components["schemas"]["SelectionList"]);

function Standing({ stream, board }: { stream: Stream; board: Loaded<BoardState> }) {
  const lost = stream.lostAt.value;
  return (
    <div class="standing" role="status">
      {lost ? (
        <strong class="lost">{t("board.lost", { since: clock(lost) })}</strong>
      ) : (
        <span>{stream.connected.value ? t("board.live") : t("board.connecting")}</span>
      )}
      {stream.missedAt.value && (
        <span class="missed">
          {t("board.missed", { at: clock(stream.missedAt.value) })}{" "}
          <button
            type="button"
            onClick={() => {
              stream.missedAt.value = null;
            }}
          >
            {t("board.seen")}
          </button>
        </span>
      )}
      {board.data && <span>{t("board.as_of", { at: clock(board.data.at) })}</span>}
      {board.data && board.problem && <ProblemNote problem={board.problem} />}
    </div>
  );
}

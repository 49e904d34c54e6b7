import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settled } from "./settled";
import { type Line, watch } from "./stream";

/** As a browser's, but driven by the test. */
class Source extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = Source.CONNECTING;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  opens() {
    this.readyState = Source.OPEN;
    this.dispatchEvent(new Event("open"));
  }
  breaks(refused = false) {
    this.readyState = refused ? Source.CLOSED : Source.CONNECTING;
    this.dispatchEvent(new Event("error"));
  }
  says(kind: string, position: number | string = "") {
    const said = { consignment: `C-${position}`, in_words: "Something happened." };
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(said), lastEventId: String(position) }));
  }
}

const page = Object.assign(new EventTarget(), { hidden: false });
const newest = (): Source => Source.all.at(-1) as Source;

function watched(recent = 0) {
  const heard: Line[] = [];
  const gaps: number[] = [];
  const stream = watch(
    "Gate 1",
    { line: (line) => heard.push(line), gap: () => gaps.push(heard.length) },
    recent,
  );
  return { stream, gaps, positions: () => heard.map((line) => line.position) };
}

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-02-01T10:00:00Z") });
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("document", page);
  page.hidden = false;
  Source.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("after a lost connection it goes on where it was, and takes no line twice", () => {
  const { stream, gaps, positions } = watched(40);
  expect(newest().url).toBe("/v1/sites/Gate%201/live?recent=40");
  newest().opens();
  expect(gaps, "what happened before it was connected is not known").toEqual([0]);
  newest().says("scan.arrived", 7);
  newest().says("reading.completed", 8);
  newest().breaks(true);
  expect(stream.connected.value).toBe(false);
  expect(stream.lostAt.value).toEqual(new Date("2026-02-01T10:00:00Z"));
  vi.advanceTimersByTime(3000);
  expect(newest().url).toBe("/v1/sites/Gate%201/live?after=8");
  newest().breaks(true);
  vi.advanceTimersByTime(3000);
  expect(Source.all).toHaveLength(3);
  expect(stream.lostAt.value, "since it was lost first").toEqual(new Date("2026-02-01T10:00:00Z"));
  newest().opens();
  newest().says("reading.completed", 8);
  newest().says("disposition.made", 9);
  expect(positions()).toEqual([7, 8, 9]);
  expect(gaps, "nothing was missed").toEqual([0]);
  expect([stream.connected.value, stream.lostAt.value]).toEqual([true, null]);
  stream.close();
});

test("a browser that connects again by itself is not helped", () => {
  const { stream, positions } = watched();
  newest().opens();
  newest().says("scan.arrived", 7);
  newest().breaks();
  vi.advanceTimersByTime(10_000);
  expect(Source.all).toHaveLength(1);
  expect(stream.lostAt.value).not.toBeNull();
  newest().opens();
  newest().says("scan.arrived", 8);
  expect(positions()).toEqual([7, 8]);
  stream.close();
});

test("what was missed for good is said, and everything is to be asked for anew", () => {
  const { stream, gaps } = watched();
  newest().opens();
  newest().says("scan.arrived", 7);
  newest().says("lines.missed", 900);
  expect(stream.missedAt.value).not.toBeNull();
  expect(gaps).toEqual([0, 1]);
  newest().breaks(true);
  vi.advanceTimersByTime(3000);
  expect(newest().url).toContain("after=900");
  stream.close();
});

test("where no line was ever heard a new connection tells nothing of the time between", () => {
  const { stream, gaps } = watched();
  newest().opens();
  newest().breaks(true);
  vi.advanceTimersByTime(3000);
  newest().opens();
  expect(gaps).toEqual([0, 0]);
  stream.close();
});

test("a connection that says nothing is dead, and was lost when it said its last", () => {
  const { stream } = watched();
  newest().opens();
  vi.advanceTimersByTime(30_000);
  newest().says("alive");
  vi.advanceTimersByTime(44_000);
  expect(stream.connected.value).toBe(true);
  vi.advanceTimersByTime(6000);
  expect(stream.connected.value).toBe(false);
  expect(stream.lostAt.value).toEqual(new Date("2026-02-01T10:00:30Z"));
  expect(Source.all).toHaveLength(2);
  stream.close();
  vi.advanceTimersByTime(120_000);
  expect(Source.all).toHaveLength(2);
});

test("a page in the background gives its connection back and goes on later", () => {
  const { stream, gaps } = watched();
  newest().opens();
  newest().says("scan.arrived", 7);
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(newest().readyState).toBe(Source.CLOSED);
  vi.advanceTimersByTime(600_000);
  expect(Source.all).toHaveLength(1);
  expect(stream.lostAt.value, "nobody lost anything").toBeNull();
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(newest().url).toContain("after=7");
  newest().opens();
  expect(gaps).toEqual([0]);
  stream.close();
});

test("a page that is slower than the lines asks once after many, never twice at a time, and at last", async () => {
  let running = 0;
  let most = 0;
  let done = 0;
  const asking = settled(async () => {
    most = Math.max(most, ++running);
    await new Promise((ready) => setTimeout(ready, 5000));
    running--;
    done++;
  }, 1000);
  for (let second = 0; second < 60; second++) {
    for (let line = 0; line < 20; line++) asking.soon();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(most).toBe(1);
  expect(done).toBeGreaterThanOrEqual(9);
  await vi.advanceTimersByTimeAsync(20_000);
  const atLast = done;
  asking.soon();
  asking.end();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(done).toBe(atLast);
});

import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { Gestures } from "./gestures";
import { viewerHandle } from "./handle";
import type { Tiles } from "./image";
import { toScreen } from "./place";
import type { ScanDocument } from "./regions";
import { Viewing } from "./viewing";

const IMAGE = {
  width: 1000,
  height: 500,
  grade: "transmission",
  bands: ["high", "low", "material", "surround"],
  pitch_mm: { x: 5, y: 5 },
  original: { to_image: [1, 0, 0, 0, 1, 0] },
};
const SCAN = {
  status: "read",
  quality: { readable: true, reasons: ["not_penetrated: 12% of the scan let nothing through."] },
  anomaly: { decision: "alarm" },
  containers: [],
  findings: [{ id: "F1", score: 0.9, box: [100, 100, 50, 50] }],
  verdicts: [],
} as unknown as ScanDocument;

function viewing() {
  const handle = viewerHandle();
  const made = new Viewing({ image: IMAGE } as unknown as Tiles, signal(SCAN), handle, 4);
  made.resized({ width: 1000, height: 600 });
  return { made, handle, gestures: new Gestures(made) };
}

test("while a scan is read blind nothing of its reading is there, and after that all of it", () => {
  const { made, handle } = viewing();
  expect(made.regions.value).toHaveLength(1);
  handle.blind.value = true;
  expect(made.regions.value).toEqual([]);
  expect(made.notAssessed.value).toEqual([]);
  handle.blind.value = false;
  expect(made.notAssessed.value).toHaveLength(1);
});

test("a click on a finding tells those who listen, a drag over it is a change of the window", () => {
  const { made, handle, gestures } = viewing();
  const heard: string[] = [];
  const stop = handle.onRegionClicked((id) => heard.push(id));
  const at = toScreen(made.place.value, made.unit, made.stage.value, [120, 120]);
  gestures.press(at, 0);
  gestures.release(at);
  expect(heard).toEqual(["F1"]);
  expect(handle.shown.value).toBe("F1");
  stop();
  const before = made.look.value.window;
  gestures.press(at, 0);
  gestures.move([at[0] + 60, at[1] + 5]);
  gestures.release([at[0] + 60, at[1] + 5]);
  expect(made.look.value.window.high).toBeGreaterThan(before.high);
  expect(heard).toHaveLength(1);
});

test("with the regions hidden a click chooses none", () => {
  const { made, handle, gestures } = viewing();
  handle.overlays.value = false;
  const at = toScreen(made.place.value, made.unit, made.stage.value, [120, 120]);
  gestures.press(at, 0);
  gestures.release(at);
  expect(handle.shown.value).toBeNull();
});

test("a fitted image stays fitted when the stage changes, one that was moved stays where it is", () => {
  const { made } = viewing();
  const wide = made.place.value.resolution;
  made.resized({ width: 500, height: 300 });
  expect(made.place.value.resolution).toBeCloseTo(wide * 2);
  made.zoom(3);
  const near = made.place.value;
  made.resized({ width: 800, height: 500 });
  expect(made.place.value).toBe(near);
});

test("what is drawn stays on the image, and escape goes back one step at a time", () => {
  const { made, handle, gestures } = viewing();
  made.draw("box");
  gestures.press([5, 5], 0);
  gestures.move([300, 300]);
  expect(made.sketch.value).not.toBeNull();
  gestures.key("Escape", false);
  expect(made.sketch.value).toBeNull();
  expect(handle.drawing.value).toBe("box");
  gestures.release([300, 300]);
  gestures.press([-50, -50], 0);
  gestures.move([300, 300]);
  gestures.release([300, 300]);
  const [region] = handle.drawn.value;
  expect(region?.points[0]).toEqual([0, 0]);
  expect(handle.drawing.value).toBeNull();
  gestures.key("Escape", false);
  expect(handle.shown.value).toBeNull();
});

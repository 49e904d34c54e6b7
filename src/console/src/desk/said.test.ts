import { expect, test } from "vitest";
import type { Entry } from "../outbox/entry";
import type { DrawnRegion } from "../viewer/handle";
import { Clock, minutes } from "./clock";
import { type Draft, EMPTY_DRAFT } from "./draft";
import { hearTime, serverNow } from "./identity";
import { decisionOf, drawnAgain, missing, regionSaid } from "./said";
import type { DecisionSaid, DeskChoices, DeskScan } from "./types";

const BOX: DrawnRegion = {
  id: "D1",
  kind: "box",
  points: [
    [30, 50],
    [10, 20],
  ],
  family: "false_wall",
  commodity: null,
  comment: " behind ",
};
const SHAPE: DrawnRegion = {
  id: "D2",
  kind: "polygon",
  points: [
    [0, 0],
    [9, 0],
    [9, 9],
  ],
  family: null,
  commodity: "cigarettes",
  comment: "",
};
const CHOICES = {
  reasons: {
    clear: [{ code: "nothing_found", in_words: "", needs_comment: false }],
    suspicious: [{ code: "anomaly", in_words: "", needs_comment: false }],
    not_readable: [{ code: "other", in_words: "", needs_comment: true }],
    refer: [
      { code: "second_opinion", in_words: "", needs_comment: false },
      { code: "specialist", in_words: "", needs_comment: false },
    ],
  },
  contact_points: [{ code: "NCP", name: "National contact point" }],
} as unknown as DeskChoices;
const SCAN = {
  scan: "s",
  name: "scan.tif",
  marks: ["CSQU3054383"],
  revision: 2,
  blind: false,
  reading: {},
} as unknown as DeskScan;
const WHO = { by: "officer-7", reader: "second", corrects: null, seconds: 12.34 } as const;

const draft = (said: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...said });

test("a box is left, top, width and height whichever corner was drawn first, and comes back as it was said", () => {
  const said = regionSaid(BOX, "F1");
  expect(said).toEqual({
    box: [10, 20, 20, 30],
    family: "false_wall",
    commodity: null,
    finding: "F1",
    comment: "behind",
  });
  const [again] = drawnAgain([said]);
  expect(regionSaid(again as DrawnRegion, "F1")).toEqual(said);
  const shape = regionSaid(SHAPE, undefined);
  expect(regionSaid(drawnAgain([shape])[0] as DrawnRegion, undefined)).toEqual(shape);
});

test.each([
  [draft({}), "reason"],
  [draft({ answer: "clear", reason: "anomaly" }), "reason"],
  [draft({ answer: "clear", reason: "nothing_found" }), null],
  [draft({ answer: "clear", reason: "nothing_found", regions: [BOX] }), "clear_names_goods"],
  [draft({ answer: "clear", reason: "nothing_found", regions: [SHAPE] }), null],
  [draft({ answer: "suspicious", reason: "anomaly" }), "region_or_comment"],
  [draft({ answer: "suspicious", reason: "anomaly", comment: "all of it" }), null],
  [draft({ answer: "suspicious", reason: "anomaly", regions: [BOX] }), null],
  [draft({ answer: "not_readable", reason: "other", comment: "  " }), "comment"],
  [draft({ answer: "refer", reason: "specialist" }), "office"],
  [draft({ answer: "refer", reason: "second_opinion" }), null],
  [draft({ answer: "refer", reason: "specialist", office: "NCP" }), null],
] as const)("what a decision lacks is said before it is sent", (said, lacks) => {
  expect(missing(said, CHOICES)).toBe(lacks);
});

const saidIn = ({ parts }: Entry) => parts[0]?.body as unknown as DecisionSaid;

test("a decision says who, as which reader, how long, and whether the marks could be seen", () => {
  const made = decisionOf(draft({ answer: "suspicious", reason: "anomaly", regions: [BOX] }), SCAN, WHO);
  const said = saidIn(made);
  expect(said).toMatchObject({
    by: "officer-7",
    reader: "second",
    revision: 2,
    seconds: 12.3,
    marks_shown: true,
  });
  expect([made.name, made.parts[0]?.url]).toEqual(["CSQU3054383", `/v1/scans/${SCAN.scan}/decisions`]);
  expect(said).not.toHaveProperty("refer_to");
  const clear = draft({ answer: "clear", reason: "nothing_found", regions: [SHAPE, BOX] });
  const blind = saidIn(decisionOf(clear, { ...SCAN, blind: true, reading: null }, WHO));
  expect([blind.marks_shown, blind.regions?.length]).toEqual([false, 1]);
  const referred = decisionOf(
    draft({ answer: "refer", reason: "specialist", office: "NCP", purpose: "who is it?" }),
    SCAN,
    { ...WHO, corrects: "d" },
  );
  expect(saidIn(referred)).toMatchObject({
    corrects: "d",
    refer_to: { office: "NCP", purpose: "who is it?" },
  });
});

test("times are said by the clock of the service", () => {
  hearTime("2026-02-01T10:00:00Z", Date.parse("2026-02-01T10:07:00Z"));
  expect(serverNow(Date.parse("2026-02-01T10:08:00Z")).toISOString()).toBe("2026-02-01T10:01:00.000Z");
});

test("the clock goes on from what was spent before, and stands still while nobody looks", () => {
  let now = 0;
  const clock = new Clock(10, () => now);
  clock.run();
  now = 5_000;
  clock.run();
  expect(clock.seconds).toBe(15);
  clock.stop();
  now = 60_000;
  expect(clock.seconds).toBe(15);
  clock.run();
  now = 61_000;
  expect([clock.seconds, minutes(clock.seconds), minutes(600)]).toEqual([16, "0:16", "10:00"]);
});

import { beforeEach, expect, test } from "vitest";
import { type Session, session } from "../session";
import { stageOf } from "./stage";

const scan = { reading: null, read: true, reader: "first" as const };
const as = (...roles: string[]) => {
  session.value = { person: "O1", roles } as unknown as Session;
};
beforeEach(() => as("operator"));

test("what waits to be sent is not decided a second time, whatever the service knows of it", () => {
  expect(stageOf(scan, null, true)).toBe("kept");
  expect(stageOf({ ...scan, reader: null }, { blind: false }, true)).toBe("kept");
  expect(stageOf(scan, null, false)).toBe("deciding");
});

test("a blind decision is confirmed when the reading has appeared, and every other can be corrected", () => {
  const reading = {} as NonNullable<typeof scan.reading>;
  expect(stageOf({ ...scan, reading }, { blind: true }, false)).toBe("confirming");
  expect(stageOf(scan, { blind: true }, false)).toBe("decided");
  expect(stageOf({ ...scan, reading }, { blind: false }, false)).toBe("decided");
});

test("who reads no scans, and whoever it does not wait for, decides nothing", () => {
  expect(stageOf({ ...scan, reader: null }, null, false)).toBe("closed");
  as("inspector");
  expect(stageOf(scan, null, false)).toBe("closed");
});

import { expect, test } from "vitest";
import { addressOf, askedIn, shifted } from "./asked";

const asked = { first: "2026-02-01", last: "2026-02-07", zone: "Europe/Kyiv", site: "GATE 1", scanner: "" };

test("what is asked goes into the address and comes back out of it", () => {
  const query = Object.fromEntries(new URL(addressOf(asked), "http://localhost").searchParams);
  expect(askedIn(query)).toEqual(asked);
});

test("what is no day is the last thirty days", () => {
  const found = askedIn({ first_day: "yesterday", time_zone: "UTC", last_day: "2026-03-02" });
  expect([found.first, found.last]).toEqual(["2026-02-01", "2026-03-02"]);
});

test("a period back and on has as many days, over the end of a month too", () => {
  expect([shifted(asked, -1).first, shifted(asked, -1).last]).toEqual(["2026-01-25", "2026-01-31"]);
  expect([shifted(asked, 1).first, shifted(asked, 1).last]).toEqual(["2026-02-08", "2026-02-14"]);
});

import { expect, test } from "vitest";
import { csvOf } from "./csv";
import type { PlotData } from "./series";

const data: PlotData = {
  title: "Hit rate",
  along: "Day",
  places: [
    { key: "2026-02-01", shown: "1 Feb" },
    { key: "2026-02-02", shown: "2 Feb" },
  ],
  unit: "share",
  series: [
    {
      look: "one",
      name: 'Hits, "all"',
      values: [0.25, null],
      low: [0.1, null],
      high: [0.5, null],
      of: [8, 0],
    },
  ],
};

test("what was not counted is left empty, and names with commas and quotes stay whole", () => {
  expect(csvOf(data)).toBe(
    'Day,"Hits, ""all""","Hits, ""all"" (low)","Hits, ""all"" (high)","Hits, ""all"" (n)"\r\n' +
      "2026-02-01,0.25,0.1,0.5,8\r\n2026-02-02,,,,0\r\n",
  );
});

import { expect, test } from "vitest";
import { difference } from "./difference";

test("what is gone and what is new stands between what stayed", () => {
  expect(difference("mass > 5.0 && empty", "mass > 9.0 && empty")).toEqual([
    { kind: "same", text: "mass > " },
    { kind: "gone", text: "5" },
    { kind: "new", text: "9" },
    { kind: "same", text: ".0 && empty" },
  ]);
});

test("the pieces that stayed and are gone make the first text, those that stayed and are new the second", () => {
  const [one, other] = ["a.b(c, d) || e", "a.x(c) || f || e"];
  const pieces = difference(one, other);
  const text = (...kinds: string[]) =>
    pieces
      .filter((piece) => kinds.includes(piece.kind))
      .map((piece) => piece.text)
      .join("");
  expect(text("same", "gone")).toBe(one);
  expect(text("same", "new")).toBe(other);
});

test("of the same text nothing is different", () => {
  expect(difference("true", "true")).toEqual([{ kind: "same", text: "true" }]);
  expect(difference("", "")).toEqual([]);
});

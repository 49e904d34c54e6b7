import { expect, test } from "vitest";
import { begun, closed, moved, outline, placed, stepBack } from "./sketch";

test("a box is whole with its second corner, which is not its first one", () => {
  const sketch = begun("box", [10, 10]);
  expect(placed(sketch, [10, 10]).done).toBeNull();
  expect(placed(sketch, [30, 5]).done).toEqual([
    [10, 10],
    [30, 5],
  ]);
});

test("a polygon is whole when it is closed with three corners or more", () => {
  const two = placed(begun("polygon", [0, 0]), [10, 0]).sketch;
  expect(closed(two)).toBeNull();
  const three = placed(two, [10, 10]);
  expect(three.done).toBeNull();
  expect(closed(three.sketch)).toHaveLength(3);
  expect(closed(stepBack(three.sketch) ?? two)).toBeNull();
});

test("the last step back ends it", () => {
  expect(stepBack(begun("line", [0, 0]))).toBeNull();
  expect(outline(moved(begun("line", [0, 0]), [5, 5]))).toEqual([
    [0, 0],
    [5, 5],
  ]);
});

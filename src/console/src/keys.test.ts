/** A key is its place on the keyboard, whatever the layout makes of it. */
import { expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null });
const { nameOfKey, takesText } = await import("./keys");

const pressed = (code: string, key: string, held: Partial<KeyboardEvent> = {}): string | null =>
  nameOfKey({
    code,
    key,
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    metaKey: false,
    ...held,
  } as KeyboardEvent);

test("a Ukrainian layout has the same keys as a Latin one", () => {
  expect(pressed("KeyC", "с")).toBe("c");
  expect(pressed("BracketLeft", "х")).toBe("[");
  expect(pressed("BracketRight", "ї")).toBe("]");
  expect(pressed("Comma", "б")).toBe(",");
  expect(pressed("Period", "ю")).toBe(".");
  expect(pressed("Slash", ".")).toBe("/");
  expect(pressed("Slash", ",", { shiftKey: true })).toBe("Shift+?");
  expect(pressed("Digit2", '"', { shiftKey: true })).toBe("Shift+@");
  expect(pressed("Digit0", "0")).toBe("0");
});

test("what is no letter, digit or sign has its own name", () => {
  expect(pressed("Space", " ")).toBe("Space");
  expect(pressed("Enter", "Enter", { ctrlKey: true })).toBe("Ctrl+Enter");
  expect(pressed("NumpadSubtract", "-")).toBe("-");
  expect(pressed("", "]")).toBe("]");
});

test("the reasons of a decision take no key from the image; text and choices do", () => {
  const input = (type: string) => takesText({ tagName: "INPUT", isContentEditable: false, type });
  expect(["radio", "checkbox", "range", "button"].filter(input)).toEqual([]);
  expect(["text", "search", "number", "datetime-local", "password"].map(input)).not.toContain(false);
  expect(takesText({ tagName: "TEXTAREA", isContentEditable: false, type: "textarea" })).toBe(true);
  expect(takesText({ tagName: "SELECT", isContentEditable: false, type: "select-one" })).toBe(true);
  expect(takesText({ tagName: "DIV", isContentEditable: true })).toBe(true);
  expect(takesText({ tagName: "BUTTON", isContentEditable: false, type: "submit" })).toBe(false);
});

test("what is pressed with Cmd belongs to the browser", () => {
  expect(pressed("KeyC", "c", { metaKey: true })).toBeNull();
  expect(pressed("KeyC", "c", { ctrlKey: true })).toBe("Ctrl+c");
});

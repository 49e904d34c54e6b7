/** Where entries are kept: each under a key of its own, so that tabs do not overwrite what others put there. */
import type { Entry } from "./entry";

const PREFIX = "tallyscan.unsent ";
export const isOfShelf = (key: string | null): boolean => key === null || key.startsWith(PREFIX);

export class Shelf {
  /** What the browser would not keep: it lives as long as the page. */
  private readonly onPage = new Map<string, Entry>();

  constructor(private readonly storage: Storage) {}

  get keepsNothing(): boolean {
    return this.onPage.size > 0;
  }

  /** Oldest first. */
  all(): Entry[] {
    const kept = new Map([...this.kept(), ...this.onPage]);
    return [...kept.values()].sort((one, other) => one.at.localeCompare(other.at));
  }

  get(id: string): Entry | undefined {
    if (this.onPage.has(id)) return this.onPage.get(id);
    try {
      return entryIn(this.storage.getItem(PREFIX + id));
    } catch {
      return undefined; // it keeps nothing
    }
  }

  put(entry: Entry): void {
    try {
      this.storage.setItem(PREFIX + entry.id, JSON.stringify(entry));
      this.onPage.delete(entry.id);
    } catch {
      this.onPage.set(entry.id, entry);
    }
  }

  remove(id: string): void {
    this.onPage.delete(id);
    try {
      this.storage.removeItem(PREFIX + id);
    } catch {
      // It keeps nothing.
    }
  }

  private kept(): [string, Entry][] {
    try {
      const keys = Array.from({ length: this.storage.length }, (_, place) => this.storage.key(place) ?? "");
      return keys
        .filter((key) => key.startsWith(PREFIX))
        .map((key) => entryIn(this.storage.getItem(key)))
        .filter((entry) => entry !== undefined)
        .map((entry) => [entry.id, entry]);
    } catch {
      return [];
    }
  }
}

/** Nothing where another tab took it away meanwhile. */
function entryIn(text: string | null): Entry | undefined {
  try {
    return (JSON.parse(text ?? "null") as Entry | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** What is different between two texts, word by word: the longest common run of words stays, the rest is gone or new. */

export interface Piece {
  kind: "same" | "gone" | "new";
  text: string;
}

const words = (text: string): string[] => text.match(/\w+|\s+|[^\w\s]/g) ?? [];

export function difference(before: string, after: string): Piece[] {
  const [old, now] = [words(before), words(after)];
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (row: number, column: number) => common[row]?.[column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--) {
      const line = common[row];
      if (line)
        line[column] =
          old[row] === now[column]
            ? at(row + 1, column + 1) + 1
            : Math.max(at(row + 1, column), at(row, column + 1));
    }
  const pieces: Piece[] = [];
  const add = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    const [was, is] = [old[row], now[column]];
    if (was !== undefined && was === is) {
      add("same", was);
      row++;
      column++;
    } else if (was !== undefined && (is === undefined || at(row + 1, column) >= at(row, column + 1))) {
      add("gone", was);
      row++;
    } else {
      add("new", is ?? "");
      column++;
    }
  }
  return pieces;
}

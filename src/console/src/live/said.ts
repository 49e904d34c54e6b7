/** What a line says, in the language of the console where it says it by codes, else in the words of the service. */
import { t, word } from "../text";
import { told } from "../wording";
import type { Disposed, Line } from "./stream";

export const saidIn = (line: Line): string =>
  line.disposed ? disposedInWords(line.kind, line.disposed) : (told(line.said) ?? line.in_words);

function disposedInWords(kind: string, said: Disposed): string {
  const to = said.contact_point ?? "";
  const order = t(`live.order_${said.disposition}`, { to });
  const answer = said.answer ? word("referrals", `code_${said.answer}`) : "";
  return t(`live.${kind.replace(".", "_")}`, {
    order,
    by: said.by,
    ground: word("reasons", said.ground),
    answer,
  });
}

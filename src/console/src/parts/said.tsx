/** A text of the service: in the language of the console, else in English and marked as such. */
import { language } from "../text";
import { type Sentence, told, toldByCode } from "../wording";

interface Props {
  english: string;
  sentences: readonly Sentence[] | undefined;
}

/** A reason with its code in front, `black_image: ...`, which is shown in no language. */
export function Coded({ reason }: { reason: string }) {
  const text = toldByCode(reason);
  if (text !== null || language.value === "en") return <>{text ?? plain(reason)}</>;
  return <span lang="en">{plain(reason)}</span>;
}

/** Those that are not one text in the language of the console. */
export function differentlyTold(reasons: readonly string[]): string[] {
  const told = reasons.map((reason) => toldByCode(reason) ?? plain(reason));
  return reasons.filter((_, place) => told.indexOf(told[place] ?? "") === place);
}

/** Without the code, as a sentence; a name of a file stays as it is. */
export function plain(reason: string): string {
  const text = reason.replace(/^[a-z_]+: /, "");
  return /^[a-z]+[\s,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

export function Said({ english, sentences }: Props) {
  const text = told(sentences);
  if (text !== null || language.value === "en") return <>{text ?? english}</>;
  return <span lang="en">{english}</span>;
}

/** A text of the service that may have a code in front. */
export function InWords({ english, sentences }: Props) {
  return sentences?.length ? <Said english={english} sentences={sentences} /> : <Coded reason={english} />;
}

/** A text of the service: in the language of the console, else in English and marked as such. */
import { language } from "../text";
import { type Sentence, told } from "../wording";

interface Props {
  english: string;
  sentences: readonly Sentence[] | undefined;
}

export function Said({ english, sentences }: Props) {
  const text = told(sentences);
  if (text !== null || language.value === "en") return <>{text ?? english}</>;
  return <span lang="en">{english}</span>;
}

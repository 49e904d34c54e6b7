/** How many days back something is counted. */
import { t } from "../text";

interface Props {
  spans: readonly number[];
  days: number;
  onChoose: (days: number) => void;
}

export function Span({ spans, days, onChoose }: Props) {
  return (
    <label>
      {t("models.span")}{" "}
      <select value={days} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {spans.map((span) => (
          <option key={span} value={span}>
            {t("models.days", { count: span })}
          </option>
        ))}
      </select>
    </label>
  );
}

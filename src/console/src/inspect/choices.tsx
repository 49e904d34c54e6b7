/** A few large buttons of which one holds: a thumb reaches each, and so do the arrow keys. */
export function Choices<Value extends string>({
  name,
  legend,
  of,
  chosen,
  choose,
  small = false,
}: {
  name: string;
  legend: string;
  of: { value: Value; text: string; hint?: string }[];
  chosen: Value | null;
  choose: (value: Value) => void;
  small?: boolean;
}) {
  return (
    <fieldset class={small ? "choices small" : "choices"}>
      <legend>{legend}</legend>
      {of.map((each) => (
        <label key={each.value} class={chosen === each.value ? `chosen ${each.value}` : each.value}>
          <input
            type="radio"
            name={name}
            value={each.value}
            checked={chosen === each.value}
            onChange={() => choose(each.value)}
          />
          <span>
            {each.text}
            {each.hint && <small>{each.hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** One kind of thing that was found: what, how much, where. */
import { t } from "../text";
import { type Item, regionsOf, type Sheet } from "./result";

export function ItemFields({
  number,
  item,
  sheets,
  change,
  remove,
}: {
  number: number;
  item: Item;
  sheets: Sheet[];
  change: (item: Item) => void;
  remove: () => void;
}) {
  const families = Object.entries(sheets[0]?.families ?? {});
  const at = JSON.stringify([item.scan, item.region]);
  return (
    <fieldset class="item">
      <legend>{t("control.item", { number })}</legend>
      <label class="wide">
        {t("control.family")}
        <select
          value={item.family}
          onChange={(event) => change({ ...item, family: event.currentTarget.value })}
        >
          <option value="">{t("control.other_kind")}</option>
          {families.map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="wide">
        {t("control.description")}
        <input
          value={item.description}
          maxLength={120}
          onInput={(event) => change({ ...item, description: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("control.amount")}
        <input
          inputMode="decimal"
          value={item.amount}
          maxLength={15}
          onInput={(event) => change({ ...item, amount: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("control.unit")}
        <select
          value={item.unit}
          onChange={(event) => change({ ...item, unit: event.currentTarget.value as Item["unit"] })}
        >
          {(["kg", "litres", "pieces"] as const).map((unit) => (
            <option key={unit} value={unit}>
              {t(`control.${unit}`)}
            </option>
          ))}
        </select>
      </label>
      {item.unit === "pieces" && (
        <label class="wide">
          {t("control.of_what")}
          <input
            value={item.ofWhat}
            maxLength={120}
            onInput={(event) => change({ ...item, ofWhat: event.currentTarget.value })}
          />
        </label>
      )}
      <label>
        {t("control.hs")}
        <input
          inputMode="numeric"
          value={item.hs}
          maxLength={14}
          onInput={(event) => change({ ...item, hs: event.currentTarget.value })}
        />
      </label>
      <label>
        {t("control.where")}
        <select
          value={at}
          onChange={(event) => {
            const [scan, region] = JSON.parse(event.currentTarget.value) as [string, string];
            change({ ...item, scan, region });
          }}
        >
          {sheets.map((sheet, index) => (
            <optgroup key={sheet.scan} label={sheet.groups[0]?.title ?? `${index + 1}`}>
              <option value={JSON.stringify([sheet.scan, ""])}>{t("control.somewhere")}</option>
              {regionsOf(sheet).map((region) => (
                <option key={region.id} value={JSON.stringify([sheet.scan, region.id])}>
                  {region.id}
                </option>
              ))}
            </optgroup>
          ))}
          {sheets.length === 0 && <option value={at}>{t("control.somewhere")}</option>}
        </select>
      </label>
      <button type="button" class="wide" onClick={remove}>
        {t("control.remove_item", { number })}
      </button>
    </fieldset>
  );
}

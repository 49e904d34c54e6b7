/** How far it was opened, what was there at each place that is marked, and what was found. */
import { t } from "../text";
import { Choices } from "./choices";
import type { Change } from "./draft";
import { ItemFields } from "./item_fields";
import { Places } from "./places";
import { type Draft, type Item, newItem, type Region, regionKey, type Sheet } from "./result";

export function Opened({ draft, change, sheets }: { draft: Draft; change: Change; sheets: Sheet[] }) {
  const found = draft.outcome === "found" || draft.outcome === "discrepancy";
  const setItems = (items: Item[]) => change({ ...draft, items });
  const sayPlace = (sheet: Sheet, region: Region, there: boolean | null) => {
    const regions = { ...draft.regions, [regionKey(sheet.scan, region.id)]: there };
    const named = draft.items.some((item) => item.scan === sheet.scan && item.region === region.id);
    const items =
      there === true && found && !named ? [...draft.items, newItem(sheet.scan, region)] : draft.items;
    change({ ...draft, regions, items });
  };
  return (
    <>
      <Choices
        name="opened"
        legend={t("control.opened")}
        chosen={draft.opened}
        choose={(opened) => change({ ...draft, opened })}
        of={(["wholly", "in_part"] as const).map((value) => ({ value, text: t(`control.${value}`) }))}
      />
      <Places sheets={sheets} draft={draft} say={sayPlace} />
      {found && (
        <section class="items">
          {draft.items.map((item, index) => (
            <ItemFields
              key={item.key}
              number={index + 1}
              item={item}
              sheets={sheets}
              change={(changed) =>
                setItems(draft.items.map((each) => (each.key === item.key ? changed : each)))
              }
              remove={() => setItems(draft.items.filter((each) => each.key !== item.key))}
            />
          ))}
          <button
            type="button"
            class="big"
            onClick={() => setItems([...draft.items, newItem(sheets[0]?.scan ?? "")])}
          >
            {t("control.add_item")}
          </button>
        </section>
      )}
    </>
  );
}

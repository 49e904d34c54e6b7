/** What is to be scanned or opened here, and why. */
import type { components } from "../api/schema";
import type { Loaded } from "../load";
import { Said } from "../parts/said";
import { Shown } from "../parts/states";
import { Scrolled } from "../plots/scrolled";
import { t } from "../text";

export function Selected({
  of,
  title,
  opens = false,
}: {
  of: Loaded<components["schemas"]["SelectionList"]>;
  title: string;
  /** Whether the person opens them, and says what came of it. */
  opens?: boolean;
}) {
  return (
    <section class="panel selected" aria-label={title}>
      <h2>{title}</h2>
      <Shown of={of}>
        {(data) =>
          data.consignments.length === 0 ? (
            <p class="hint">{t("board.nothing_selected")}</p>
          ) : (
            <Scrolled name={title}>
              <ul>
                {data.consignments.map((each) => (
                  <li key={each.consignment}>
                    <span class="priority" title={t("board.priority")}>
                      {each.priority}
                    </span>
                    <a href={`/console/consignments/${encodeURIComponent(each.consignment)}`}>
                      {each.marks.join(", ") || each.consignment}
                    </a>
                    <small>
                      <Said english={each.reasons} sentences={undefined} />
                    </small>
                    {opens && (
                      <a href={`/console/control/${encodeURIComponent(each.consignment)}`}>
                        {t("sheet.enter_result")}
                      </a>
                    )}
                  </li>
                ))}
              </ul>
            </Scrolled>
          )
        }
      </Shown>
    </section>
  );
}

/** The head of a column of buttons: it is said, and needs no room. */
import { t } from "../text";

export function ActionsHead() {
  return (
    <th scope="col">
      <span class="unseen">{t("common.actions")}</span>
    </th>
  );
}

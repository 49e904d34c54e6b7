/** The tools of the viewer; each label has its key. */
import { keyOf } from "../keys";
import { t } from "../text";
import type { Action, Group } from "./actions";
import type { Viewing } from "./viewing";

const GROUPS: readonly Group[] = ["window", "colour", "measure", "draw", "view", "compare"];

export function Toolbar({ viewing, actions }: { viewing: Viewing; actions: readonly Action[] }) {
  return (
    <div class="tools" role="toolbar" aria-label={t("viewer.tools")}>
      {GROUPS.map((group) => {
        const shown = actions.filter((action) => action.group === group && !action.hidden);
        if (shown.length === 0) return null;
        return (
          <fieldset key={group}>
            <legend class="unseen">{t(`viewer.group_${group}`)}</legend>
            {shown.map((action) => (
              <Tool key={action.id} action={action} viewing={viewing} />
            ))}
          </fieldset>
        );
      })}
    </div>
  );
}

function Tool({ action, viewing }: { action: Action; viewing: Viewing }) {
  return (
    <button
      type="button"
      onClick={action.run}
      disabled={action.off ?? false}
      {...(action.on === undefined ? {} : { "aria-pressed": action.on })}
      data-action={action.id}
      title={longText(action.id)}
    >
      {labelOf(action.id, viewing)} <kbd>{shownKey(keyOf(action.id))}</kbd>
    </button>
  );
}

function labelOf(id: string, viewing: Viewing): string {
  if (id === "viewer.colours")
    return t("viewer.colours_are", { colours: t(`viewer.colouring_${viewing.look.value.colouring}`) });
  if (id === "viewer.expected" && viewing.handle.compareWith.value !== null)
    return t("viewer.end_comparison");
  return t(id);
}

/** What an action does in a few words more than its label. */
export function longText(id: string): string {
  const long = t(`${id}_long`);
  return long.endsWith("_long") ? t(id) : long;
}

/** `Shift+?` is what a person knows as `?`. */
export const shownKey = (key: string): string => key.replace(/^Shift\+(?=[^A-Za-z0-9]$)/, "");

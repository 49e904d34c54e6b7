/** The keys of every action: a person can choose others, which this browser keeps. */
import { useLayoutEffect, useState } from "preact/hooks";
import "../desk/desk.css";
import { allKeys, chooseKey, nameOfKey } from "../keys";
import { meet, partOf } from "../keys_together";
import { t } from "../text";

// Every part of the console declares its keys in a file of that name, so that they are known before its page is opened.
import.meta.glob("../*/keys.ts", { eager: true });

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta"]);

/** What an action does, in the words that its page has for it. */
function does(action: string): string {
  const [part = "", name = ""] = action.split(".");
  for (const key of [`${part}.key_${name}`, `${part}.${name}_long`, `${part}.${name}`]) {
    const text = t(key);
    if (text !== key) return text;
  }
  return action;
}

export default function Settings() {
  const [changing, setChanging] = useState<string | null>(null);
  const keys = allKeys();
  // With the picture, not after it: a key that is pressed at once counts too.
  useLayoutEffect(() => {
    if (!changing) return;
    const listen = (event: KeyboardEvent) => {
      const pressed = nameOfKey(event);
      if (MODIFIERS.has(event.key) || pressed === null) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key !== "Escape") chooseKey(changing, pressed);
      setChanging(null);
    };
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [changing]);
  const changed = keys.filter(({ key, usual }) => key !== usual);
  const parts = [...new Set(keys.map(({ action }) => partOf(action)))];
  return (
    <div class="settings">
      <h1>{t("settings.keys")}</h1>
      <p>{t("settings.kept_here")}</p>
      <button
        type="button"
        disabled={changed.length === 0}
        onClick={() => {
          for (const { action } of changed) chooseKey(action, null);
        }}
      >
        {t("settings.reset_all")}
      </button>
      {parts.map((part) => (
        <section key={part} aria-label={t(`settings.part_${part}`)}>
          <h2>{t(`settings.part_${part}`)}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("settings.action")}</th>
                <th scope="col">{t("settings.key")}</th>
                <th scope="col">{t("settings.change")}</th>
              </tr>
            </thead>
            <tbody>
              {keys
                .filter(({ action }) => partOf(action) === part)
                .map(({ action, key, usual }) => {
                  const clash = keys.filter(
                    (each) => each.action !== action && each.key === key && meet(each.action, action),
                  );
                  return (
                    <tr key={action}>
                      <th scope="row">{does(action)}</th>
                      <td>
                        {changing === action ? (
                          <em role="status">{t("settings.press")}</em>
                        ) : (
                          <kbd>{key}</kbd>
                        )}
                        {clash.length > 0 && (
                          <p class="clash" role="alert">
                            {t("settings.clash", {
                              actions: clash.map((each) => does(each.action)).join(", "),
                            })}
                          </p>
                        )}
                      </td>
                      <td>
                        <button type="button" class="small" onClick={() => setChanging(action)}>
                          {t("settings.change")}
                          <span class="unseen"> {does(action)}</span>
                        </button>{" "}
                        {key !== usual && (
                          <button type="button" class="small" onClick={() => chooseKey(action, null)}>
                            {t("settings.reset", { key: usual })}
                          </button>
                        )}
                      </td>
                    </tr>
                  );
                })}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

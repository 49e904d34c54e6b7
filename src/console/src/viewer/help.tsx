/** All keys on one sheet. */
import { useEffect, useRef } from "preact/hooks";
import { allKeys } from "../keys";
import { t } from "../text";
import { longText, shownKey } from "./toolbar";

/** Keys that cannot be chosen: they only mean something on the image. */
const FIXED = ["arrows", "space", "wheel", "enter", "backspace", "escape", "double_click"] as const;

export function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      class="key-help"
      ref={dialog}
      onClose={close}
      aria-labelledby="key-help-title"
      // Nothing behind the sheet is done by a key that is tried on it.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="key-help-title">{t("viewer.keys")}</h2>
      <dl>
        {allKeys().map(({ action, key }) => (
          <div key={action}>
            <dt>
              <kbd>{shownKey(key)}</kbd>
            </dt>
            <dd>{longText(action)}</dd>
          </div>
        ))}
        {FIXED.map((name) => (
          <div key={name}>
            <dt>
              <kbd>{t(`viewer.key_${name}`)}</kbd>
            </dt>
            <dd>{t(`viewer.does_${name}`)}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="main">
          {t("viewer.close")}
        </button>
      </form>
    </dialog>
  );
}

/** A one-time link, shown once, to be handed over in private. */
import { useState } from "preact/hooks";
import type { components } from "../api/schema";
import { t, time } from "../text";

export function LinkNote({
  name,
  link,
  close,
}: {
  name: string;
  link: components["schemas"]["PasswordLink"];
  close: () => void;
}) {
  const [copied, setCopied] = useState(false);
  const address = new URL(link.path, window.location.origin).href;
  return (
    <div class="panel link-note" role="status">
      <p>{t("people.link", { name, until: time(link.expires_at) })}</p>
      <div class="row">
        <input
          value={address}
          readOnly
          aria-label={t("people.link_of", { name })}
          onFocus={(event) => event.currentTarget.select()}
        />
        {navigator.clipboard && (
          <button
            type="button"
            onClick={() => navigator.clipboard.writeText(address).then(() => setCopied(true))}
          >
            {copied ? t("people.copied") : t("people.copy")}
          </button>
        )}
        <button type="button" onClick={close}>
          {t("people.close")}
        </button>
      </div>
    </div>
  );
}

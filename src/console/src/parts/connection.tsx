/** A line on top while the service cannot be reached. */
import { signal } from "@preact/signals";
import { t } from "../text";

export const online = signal(navigator.onLine);
window.addEventListener("online", () => {
  online.value = true;
});
window.addEventListener("offline", () => {
  online.value = false;
});

export function Connection() {
  if (online.value) return null;
  return (
    <p class="offline" role="alert">
      {t("common.offline_detail")}
    </p>
  );
}

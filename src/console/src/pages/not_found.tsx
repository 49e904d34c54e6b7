import { t } from "../text";

export default function NotFound() {
  return (
    <div class="state">
      <h1>{t("common.not_found")}</h1>
      <a href="/console/">{t("common.to_start")}</a>
    </div>
  );
}

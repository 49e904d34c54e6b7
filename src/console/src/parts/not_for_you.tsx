/** A page that the person has no role for. The service refuses what is on it as well. */
import type { Role } from "../session";
import { t, word } from "../text";

export function NotForYou({ roles }: { roles: Role[] }) {
  return (
    <div class="state">
      <h1>{t("sign_in.not_for_you")}</h1>
      <p>{t("sign_in.not_for_you_detail", { roles: roles.map((role) => word("role", role)).join(", ") })}</p>
      <a href="/console/">{t("common.to_start")}</a>
    </div>
  );
}

/** Who works here, as what and where, and the way out. */
import { session, signOut } from "../session";
import { t, word } from "../text";

export function Person() {
  const who = session.value;
  if (!who?.person) return null;
  const roles = who.roles.map((role) => word("role", role)).join(", ");
  const sites = who.sites.includes("*") ? t("people.every_site") : who.sites.join(", ");
  return (
    <>
      <a href="/console/account">{who.person}</a>
      {who.sign_in === "accounts" && (
        <span class="as" title={`${roles} · ${sites}`}>
          {roles} · {sites}
        </span>
      )}
      <button type="button" onClick={() => void signOut()}>
        {t("sign_in.sign_out")}
      </button>
    </>
  );
}

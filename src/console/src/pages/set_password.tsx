/** Where a one-time link leads: whoever has it sets the password of one account. What stands behind the # never leaves
 * the browser but in the request that sets it. */
import { useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import { NewPassword } from "../parts/new_password";
import { t } from "../text";

export default function SetPassword() {
  const [link] = useState(() => window.location.hash.slice(1));
  const [name, setName] = useState<string | null>(null);
  if (name)
    return (
      <div class="sign-in">
        <h1>{t("password.is_set")}</h1>
        <p>{t("password.is_set_detail", { name })}</p>
        <a href="/console/">{t("sign_in.sign_in")}</a>
      </div>
    );
  return (
    <div class="sign-in">
      <h1>{t("password.title")}</h1>
      {link === "" ? (
        <p class="state problem" role="alert">
          {t("password.no_link")}
        </p>
      ) : (
        <NewPassword
          set={async (password) => {
            const answer = await api.POST("/v1/account/password", { body: { link, password } });
            setName(dataOf(answer).name);
          }}
        />
      )}
    </div>
  );
}

/** Who works here. A service without accounts asks for a name, which stands on record with what is decided. */
import { useState } from "preact/hooks";
import { nameYourself } from "../session";
import { t } from "../text";

export default function SignIn() {
  const [name, setName] = useState("");
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) nameYourself(name.trim());
      }}
    >
      <h1>{t("sign_in.title")}</h1>
      <p>{t("sign_in.no_accounts")}</p>
      <label>
        {t("sign_in.name")}
        <input value={name} onInput={(event) => setName(event.currentTarget.value)} maxLength={80} required />
      </label>
      <button type="submit" class="main">
        {t("sign_in.start")}
      </button>
    </form>
  );
}

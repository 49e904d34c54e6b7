/** Who works here. A service without accounts asks for a name, which stands on record with what is decided. */
import { useState } from "preact/hooks";
import { SignInForm } from "../parts/sign_in_form";
import { nameYourself, session } from "../session";
import { t } from "../text";

export default function SignIn() {
  if (session.value?.sign_in === "none") return <NameOnly />;
  return (
    <div class="sign-in">
      <h1>{t("sign_in.title_accounts")}</h1>
      <SignInForm />
    </div>
  );
}

function NameOnly() {
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

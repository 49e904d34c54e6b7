/** Who works here. A service without accounts asks for a name, which stands on record with what is decided. */
import { useState } from "preact/hooks";
import { SignInForm } from "../parts/sign_in_form";
import { nameYourself, session } from "../session";
import { t, word } from "../text";

export default function SignIn() {
  if (session.value?.sign_in === "none") return <NameOnly />;
  return (
    <div class="sign-in">
      <h1>{t("sign_in.title_accounts")}</h1>
      {session.value?.sign_in === "oidc" && <AtProvider />}
      {session.value?.passwords && <SignInForm />}
    </div>
  );
}

/** Leads to the provider, and back to this page; says why nobody was let in. */
function AtProvider() {
  const refused = new URLSearchParams(window.location.search).get("refused");
  const page = window.location.pathname + (refused ? "" : window.location.search);
  return (
    <>
      {refused && (
        <p class="state problem" role="alert">
          {word("refused", WHY.includes(refused) ? refused : "provider")}
        </p>
      )}
      <a class="button main" href={`/v1/session/provider?page=${encodeURIComponent(page)}`}>
        {t("sign_in.at_provider")}
      </a>
      {session.value?.passwords && <p class="quiet">{t("sign_in.or_password")}</p>}
    </>
  );
}

const WHY = ["expired", "denied", "provider", "token", "strength", "groups", "disabled", "often"];

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

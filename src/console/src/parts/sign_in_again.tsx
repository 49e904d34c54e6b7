/** The session has ended under the page: whoever works here signs in again over it, and goes on where they were. */
import { useEffect, useRef } from "preact/hooks";
import { signInAgain } from "../api/signed";
import { session } from "../session";
import { t } from "../text";
import { SignInForm } from "./sign_in_form";

export function SignInAgain() {
  const dialog = useRef<HTMLDialogElement>(null);
  const waiting = signInAgain.value;
  const name = session.value?.person;
  useEffect(() => {
    if (waiting) dialog.current?.showModal();
  }, [waiting]);
  if (!waiting || !name) return null;
  return (
    <dialog
      ref={dialog}
      class="panel sign-in-again"
      aria-labelledby="sign-in-again"
      onCancel={(event) => event.preventDefault()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h1 id="sign-in-again">{t("sign_in.again")}</h1>
      <p>{t("sign_in.again_detail")}</p>
      {session.value?.from_provider ? (
        <AtProvider />
      ) : (
        <SignInForm name={name} onSignedIn={() => waiting(true)} />
      )}
      <button type="button" onClick={() => window.location.assign("/console/")}>
        {t("sign_in.somebody_else")}
      </button>
    </dialog>
  );
}

/** In a tab of its own, so that this page stays; once somebody is signed in there, `session.ts` hears of it. */
function AtProvider() {
  return (
    <>
      <p>{t("sign_in.in_another_tab")}</p>
      <a
        class="button main"
        href="/v1/session/provider?page=/console/account"
        target="_blank"
        rel="noreferrer"
        autofocus
      >
        {t("sign_in.at_provider")}
      </a>
    </>
  );
}

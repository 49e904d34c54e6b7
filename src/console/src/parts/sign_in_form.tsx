/** Name and password, and what the service says of them. */
import { useEffect, useState } from "preact/hooks";
import { OFFLINE } from "../api/client";
import { type Refused, signIn } from "../session";
import { t } from "../text";

/** `name` is fixed where the same person comes back. */
export function SignInForm({ name: fixed, onSignedIn }: { name?: string; onSignedIn?: () => void }) {
  const [name, setName] = useState(fixed ?? "");
  const [password, setPassword] = useState("");
  const [refused, setRefused] = useState<Refused | null>(null);
  const [asks, setAsks] = useState(false);
  const wait = useSecondsLeft(refused);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (asks || wait > 0) return;
    setAsks(true);
    const why = await signIn(name, password);
    setAsks(false);
    setRefused(why);
    setPassword("");
    if (why === null) onSignedIn?.();
  };

  return (
    <form class="sign-in-form" onSubmit={submit}>
      <label>
        {t("sign_in.account")}
        <input
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxLength={80}
          readOnly={fixed !== undefined}
          required
        />
      </label>
      <label>
        {t("sign_in.password")}
        <input
          type="password"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
          autocomplete="current-password"
          maxLength={1024}
          autofocus={fixed !== undefined}
          required
        />
      </label>
      {refused && (
        <p class="state problem" role="alert">
          {wait > 0 ? t("sign_in.locked", { seconds: wait }) : why(refused)}
        </p>
      )}
      <button type="submit" class="main" disabled={asks || wait > 0}>
        {t("sign_in.sign_in")}
      </button>
      <p class="quiet">{t("sign_in.forgotten")}</p>
    </form>
  );
}

function why({ problem, seconds }: Refused): string {
  if (problem.status === OFFLINE) return t("common.offline");
  if (seconds !== null) return t("sign_in.unlocked");
  return problem.status === 401 ? t("sign_in.wrong") : `${problem.title}. ${problem.detail}`;
}

/** Counts down to 0, once a second. */
function useSecondsLeft(refused: Refused | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = Date.now() + 1000 * (refused?.seconds ?? 0);
    const count = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    count();
    const timer = window.setInterval(count, 1000);
    return () => window.clearInterval(timer);
  }, [refused]);
  return left;
}

/** A new password, typed twice. The service judges it; what it says stands below. */
import { useState } from "preact/hooks";
import { type Problem, problemOf } from "../api/client";
import { t } from "../text";

const SHORTEST = 12;

/** `set` throws a `Problem` where the service refuses the password. */
export function NewPassword({ set, name }: { set: (password: string) => Promise<void>; name?: string }) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asks, setAsks] = useState(false);
  const differs = again !== "" && again !== password;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (asks || again !== password) return;
    setAsks(true);
    try {
      await set(password);
      setProblem(null);
      setPassword("");
      setAgain("");
    } catch (error) {
      setProblem(problemOf(error));
    }
    setAsks(false);
  };

  return (
    <form class="sign-in-form" onSubmit={submit}>
      {name && (
        <input
          type="text"
          class="unseen"
          autocomplete="username"
          value={name}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
      )}
      <label>
        {t("password.new")}
        <input
          type="password"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
          autocomplete="new-password"
          minLength={SHORTEST}
          maxLength={256}
          aria-describedby="password-rule"
          required
        />
      </label>
      <p id="password-rule" class="quiet">
        {t("password.rule", { signs: SHORTEST })}
      </p>
      <label>
        {t("password.again")}
        <input
          type="password"
          value={again}
          onInput={(event) => setAgain(event.currentTarget.value)}
          autocomplete="new-password"
          maxLength={256}
          aria-invalid={differs}
          required
        />
      </label>
      {differs && <p class="warn">{t("password.differs")}</p>}
      {problem && (
        <p class="state problem" role="alert">
          {problem.detail} {problem.remedy}
        </p>
      )}
      <button type="submit" class="main" disabled={asks || differs}>
        {t("password.set")}
      </button>
    </form>
  );
}

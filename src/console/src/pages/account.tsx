/** One's own account: what it may do, the password, and where one is signed in. */
import { useState } from "preact/hooks";
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { NewPassword } from "../parts/new_password";
import { SessionsTable } from "../parts/sessions_table";
import { Shown } from "../parts/states";
import { loadSession, session } from "../session";
import { t, word } from "../text";
import "./people.css";

export default function Account() {
  const who = session.value;
  if (!who?.person) return null;
  if (who.sign_in === "none")
    return (
      <>
        <h1>{who.person}</h1>
        <p>{t("sign_in.no_accounts")}</p>
      </>
    );
  return (
    <div class="account">
      <h1>{who.person}</h1>
      <p>
        {who.roles.map((role) => word("role", role)).join(", ")} ·{" "}
        {who.sites.includes("*") ? t("people.every_site") : who.sites.join(", ")}
      </p>
      <section class="panel">
        <h2>{t("account.sessions")}</h2>
        <Sessions />
      </section>
      <section class="panel">
        <h2>{who.from_provider ? t("account.password_there") : t("account.password")}</h2>
        {who.from_provider ? <p>{t("account.at_provider")}</p> : <ChangePassword name={who.person} />}
      </section>
    </div>
  );
}

function Sessions() {
  const sessions = useLoaded(
    async (signal) => dataOf(await api.GET("/v1/sessions", { signal })).sessions,
    [],
  );
  return (
    <Shown of={sessions}>
      {(open) => (
        <SessionsTable
          sessions={open}
          again={sessions.again}
          all={t("account.end_others")}
          endAll={open.some((each) => !each.current) ? () => api.DELETE("/v1/sessions") : null}
        />
      )}
    </Shown>
  );
}

function ChangePassword({ name }: { name: string }) {
  const [old, setOld] = useState("");
  const [done, setDone] = useState(false);
  return (
    <>
      <label class="old-password">
        {t("account.old")}
        <input
          type="password"
          value={old}
          onInput={(event) => setOld(event.currentTarget.value)}
          autocomplete="current-password"
          maxLength={1024}
        />
      </label>
      <NewPassword
        name={name}
        set={async (password) => {
          setDone(false);
          dataOf(await api.POST("/v1/account/password", { body: { old, password } }));
          await loadSession(); // it is a new one
          setOld("");
          setDone(true);
        }}
      />
      {done && <p role="status">{t("account.changed")}</p>}
    </>
  );
}

/** One's own account: what it may do, the password, and where one is signed in. */
import { useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import { useLoaded } from "../load";
import { ActionsHead } from "../parts/actions_head";
import { NewPassword } from "../parts/new_password";
import { ProblemNote, Shown } from "../parts/states";
import { loadSession, session } from "../session";
import { t, time, word } from "../text";
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
        <h2>{t("account.password")}</h2>
        <ChangePassword name={who.person} />
      </section>
    </div>
  );
}

function Sessions() {
  const sessions = useLoaded(
    async (signal) => dataOf(await api.GET("/v1/sessions", { signal })).sessions,
    [],
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const end = async (id: string) => {
    const { error } = await api.DELETE("/v1/sessions/{session}", { params: { path: { session: id } } });
    setProblem(error ? problemOf(error) : null);
    sessions.again();
  };
  return (
    <Shown of={sessions}>
      {(open) => (
        <>
          {problem && <ProblemNote problem={problem} />}
          <table>
            <thead>
              <tr>
                <th scope="col">{t("account.browser")}</th>
                <th scope="col">{t("account.address")}</th>
                <th scope="col">{t("account.begun")}</th>
                <th scope="col">{t("account.seen")}</th>
                <ActionsHead />
              </tr>
            </thead>
            <tbody>
              {open.map((each) => (
                <tr key={each.id}>
                  <td title={each.browser}>{browserOf(each.browser)}</td>
                  <td>{each.address}</td>
                  <td>{time(each.begun_at)}</td>
                  <td>{time(each.seen_at)}</td>
                  <td>
                    {each.current ? (
                      t("account.this_one")
                    ) : (
                      <button type="button" onClick={() => end(each.id)}>
                        {t("account.end")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Shown>
  );
}

/** Program and system as people know them; the whole text where they are not found in it. */
function browserOf(said: string): string {
  const program = /(Edg|OPR)\/(\d+)/.exec(said) ?? /(Firefox|Chrome|Version)\/(\d+)/.exec(said);
  const system = /Windows|Android|iPhone|iPad|Mac OS|Linux/.exec(said);
  if (!program || !system) return said || "-";
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera", Version: "Safari" };
  return `${names[program[1] ?? ""] ?? program[1]} ${program[2]}, ${system[0]}`;
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

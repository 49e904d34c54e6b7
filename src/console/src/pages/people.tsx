/** Who may come in, in which roles and where: for administrators. */
import { useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { useLoaded } from "../load";
import { ActionsHead } from "../parts/actions_head";
import { Empty, ProblemNote, Shown } from "../parts/states";
import { AccessForm, type AccessSaid } from "../people/access_form";
import { DeviceKeys } from "../people/device_keys";
import { LinkNote } from "../people/link_note";
import { SessionsOf } from "../people/sessions_of";
import { t, time, word } from "../text";
import "./people.css";

type Account = components["schemas"]["Account"];
type Told = { name: string; link: components["schemas"]["PasswordLink"] };

export default function People() {
  const people = useLoaded(async (signal) => dataOf(await api.GET("/v1/accounts", { signal })).accounts, []);
  const [edited, setEdited] = useState<Account | "new" | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);

  const send = async (said: AccessSaid) => {
    if (edited === "new") {
      const { account, link } = dataOf(await api.POST("/v1/accounts", { body: said }));
      setTold({ name: account.name, link });
    } else {
      const { name: account, roles, sites } = said;
      dataOf(
        await api.PUT("/v1/accounts/{account}/roles", {
          params: { path: { account } },
          body: { roles, sites },
        }),
      );
    }
    setEdited(null);
    people.again();
  };
  const act = async (run: () => Promise<{ error?: unknown }>) => {
    const { error } = await run();
    setProblem(error ? problemOf(error) : null);
    people.again();
  };
  const params = (account: string) => ({ params: { path: { account } } });

  return (
    <div class="people">
      <header class="row">
        <h1>{t("people.title")}</h1>
        <button type="button" class="main" onClick={() => setEdited("new")}>
          {t("people.add")}
        </button>
      </header>
      {told && <LinkNote {...told} close={() => setTold(null)} />}
      {problem && <ProblemNote problem={problem} />}
      {edited && (
        <AccessForm
          key={edited === "new" ? "" : edited.name}
          of={edited === "new" ? null : edited}
          send={send}
          leave={() => setEdited(null)}
        />
      )}
      <Shown of={people}>
        {(all) =>
          all.length === 0 ? (
            <Empty>{t("people.nobody")}</Empty>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("people.name")}</th>
                  <th scope="col">{t("people.roles")}</th>
                  <th scope="col">{t("people.sites")}</th>
                  <th scope="col">{t("people.state")}</th>
                  <th scope="col">{t("people.signed_in")}</th>
                  <ActionsHead />
                </tr>
              </thead>
              <tbody>
                {all.map((each) => (
                  <tr key={each.name} class={each.disabled ? "disabled" : undefined}>
                    <th scope="row">{each.name}</th>
                    <td>{each.roles.map((role) => word("role", role)).join(", ")}</td>
                    <td>{each.sites.includes("*") ? t("people.every_site") : each.sites.join(", ")}</td>
                    <td>{stateOf(each)}</td>
                    <td>{each.signed_in_at ? time(each.signed_in_at) : t("people.never")}</td>
                    <td>
                      <div class="row">
                        {!each.from_provider && (
                          <button type="button" onClick={() => setEdited(each)}>
                            {t("people.change")}
                          </button>
                        )}
                        <button type="button" onClick={() => setShown(each.name)}>
                          {t("people.sessions")}
                        </button>
                        {each.disabled ? (
                          <button
                            type="button"
                            onClick={() =>
                              act(() => api.POST("/v1/accounts/{account}/enable", params(each.name)))
                            }
                          >
                            {t("people.enable")}
                          </button>
                        ) : (
                          <>
                            {!each.from_provider && (
                              <button
                                type="button"
                                onClick={() =>
                                  act(async () => {
                                    const answer = await api.POST(
                                      "/v1/accounts/{account}/link",
                                      params(each.name),
                                    );
                                    if (answer.data) setTold({ name: each.name, link: answer.data });
                                    return answer;
                                  })
                                }
                              >
                                {t("people.new_link")}
                              </button>
                            )}
                            <button
                              type="button"
                              onClick={() =>
                                window.confirm(t("people.disable_sure", { name: each.name })) &&
                                act(() => api.POST("/v1/accounts/{account}/disable", params(each.name)))
                              }
                            >
                              {t("people.disable")}
                            </button>
                          </>
                        )}
                      </div>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Shown>
      {shown && <SessionsOf key={shown} name={shown} close={() => setShown(null)} />}
      <h2>{t("people.keys")}</h2>
      <DeviceKeys />
      <p class="quiet">{t("people.keys_detail")}</p>
    </div>
  );
}

function stateOf(account: Account): string {
  if (account.disabled) return t("people.disabled");
  if (account.from_provider) return t("people.from_provider");
  return account.ready ? t("people.ready") : t("people.no_password");
}

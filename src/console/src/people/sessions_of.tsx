/** Where a person is signed in, for an administrator. */
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { SessionsTable } from "../parts/sessions_table";
import { Empty, Shown } from "../parts/states";
import { t } from "../text";

export function SessionsOf({ name, close }: { name: string; close: () => void }) {
  const params = { params: { path: { account: name } } };
  const sessions = useLoaded(
    async (signal) =>
      dataOf(await api.GET("/v1/accounts/{account}/sessions", { ...params, signal })).sessions,
    [name],
  );
  return (
    <section class="panel" aria-label={t("people.sessions_of", { name })}>
      <header class="row">
        <h2>{t("people.sessions_of", { name })}</h2>
        <button type="button" onClick={close}>
          {t("people.close")}
        </button>
      </header>
      <Shown of={sessions}>
        {(open) =>
          open.length === 0 ? (
            <Empty>{t("people.signed_in_nowhere")}</Empty>
          ) : (
            <SessionsTable
              sessions={open}
              again={sessions.again}
              all={t("people.end_all")}
              endAll={() => api.DELETE("/v1/accounts/{account}/sessions", params)}
            />
          )
        }
      </Shown>
    </section>
  );
}

/** Which machines may send what. */
import { useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import type { components } from "../api/schema";
import { useLoaded } from "../load";
import { ActionsHead } from "../parts/actions_head";
import { Empty, ProblemNote, Shown } from "../parts/states";
import { t, time, word } from "../text";

type DeviceKey = components["schemas"]["DeviceKey"];

export function DeviceKeys() {
  const keys = useLoaded(
    async (signal) => dataOf(await api.GET("/v1/device-keys", { signal })).device_keys,
    [],
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = async (key: string) => {
    if (!window.confirm(t("people.remove_sure", { name: key }))) return;
    const { error } = await api.DELETE("/v1/device-keys/{key}", { params: { path: { key } } });
    setProblem(error ? problemOf(error) : null);
    keys.again();
  };
  return (
    <Shown of={keys}>
      {(all) => (
        <>
          {problem && <ProblemNote problem={problem} />}
          {all.length === 0 ? (
            <Empty>{t("people.no_keys")}</Empty>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("people.name")}</th>
                  <th scope="col">{t("people.may")}</th>
                  <th scope="col">{t("people.scanner")}</th>
                  <th scope="col">{t("people.sites")}</th>
                  <th scope="col">{t("people.certificate")}</th>
                  <th scope="col">{t("people.ends")}</th>
                  <th scope="col">{t("people.used")}</th>
                  <ActionsHead />
                </tr>
              </thead>
              <tbody>
                {all.map((key) => (
                  <tr key={key.name}>
                    <td>{key.name}</td>
                    <td>{key.may.map((task) => word("role", task)).join(", ")}</td>
                    <td>{key.scanner ?? t("people.any_scanner")}</td>
                    <td>{key.sites.includes("*") ? t("people.every_site") : key.sites.join(", ")}</td>
                    <td class="certificate" title={key.certificate ?? undefined}>
                      {key.certificate ?? t("people.no_certificate")}
                    </td>
                    <td>{endOf(key)}</td>
                    <td>
                      {key.used_at ? time(key.used_at) : t("people.never")}
                      {isInOverlap(key) && (
                        <div class="quiet">
                          {t("people.old_key", {
                            until: time(key.old_until ?? ""),
                            used: key.old_used_at ? time(key.old_used_at) : t("people.never"),
                          })}
                        </div>
                      )}
                    </td>
                    <td>
                      <div class="row">
                        <button type="button" onClick={() => remove(key.name)}>
                          {t("people.remove")}
                        </button>
                      </div>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </Shown>
  );
}

function endOf(key: DeviceKey): string {
  if (!key.expires_at) return t("people.never");
  const when = time(key.expires_at);
  return Date.parse(key.expires_at) <= Date.now() ? t("people.ended", { when }) : when;
}

const isInOverlap = (key: DeviceKey): boolean =>
  key.old_until != null && Date.parse(key.old_until) > Date.now();

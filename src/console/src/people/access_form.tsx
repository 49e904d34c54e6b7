/** What a person works as, and where. */
import { useState } from "preact/hooks";
import { type Problem, problemOf } from "../api/client";
import { ProblemNote } from "../parts/states";
import type { Role } from "../session";
import { t, word } from "../text";

export const ROLES: Role[] = [
  "operator",
  "targeting_officer",
  "inspector",
  "contact_point",
  "model_steward",
  "auditor",
  "administrator",
];

export interface AccessSaid {
  name: string;
  roles: Role[];
  sites: string[];
}

/** `send` throws a `Problem` where the service refuses it. */
export function AccessForm({
  of,
  send,
  leave,
}: {
  of: AccessSaid | null;
  send: (said: AccessSaid) => Promise<void>;
  leave: () => void;
}) {
  const [name, setName] = useState(of?.name ?? "");
  const [roles, setRoles] = useState<Role[]>(of?.roles ?? []);
  const [sites, setSites] = useState(of?.sites.join(" ") ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asks, setAsks] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    setAsks(true);
    try {
      await send({ name: name.trim(), roles, sites: sites.split(/[\s,;]+/).filter(Boolean) });
    } catch (error) {
      setProblem(problemOf(error));
      setAsks(false);
    }
  };

  return (
    <form class="panel access-form" onSubmit={submit} aria-label={of?.name ?? t("people.add")}>
      <label>
        {t("people.name")}
        <input
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          readOnly={of !== null}
          autofocus={of === null}
          maxLength={80}
          required
        />
      </label>
      <fieldset>
        <legend>{t("people.roles")}</legend>
        {ROLES.map((role) => (
          <label key={role} title={word("role", `${role}_detail`)}>
            <input
              type="checkbox"
              checked={roles.includes(role)}
              onChange={(event) =>
                setRoles(
                  event.currentTarget.checked ? [...roles, role] : roles.filter((each) => each !== role),
                )
              }
            />
            {word("role", role)}
          </label>
        ))}
      </fieldset>
      <label>
        {t("people.sites")}
        <input
          value={sites}
          onInput={(event) => setSites(event.currentTarget.value)}
          aria-describedby="sites-rule"
          autofocus={of !== null}
          required
        />
      </label>
      <p id="sites-rule" class="quiet">
        {t("people.sites_rule")}
      </p>
      {problem && <ProblemNote problem={problem} />}
      <div class="row">
        <button type="submit" class="main" disabled={asks || roles.length === 0}>
          {of ? t("people.save") : t("people.add")}
        </button>
        <button type="button" onClick={leave}>
          {t("people.cancel")}
        </button>
      </div>
    </form>
  );
}

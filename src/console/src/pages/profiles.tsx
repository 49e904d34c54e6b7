/** The risk profiles: what is in force, what waits for its release, what was retired. */

import { useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, dataOf } from "../api/client";
import { keyOf, useKeys } from "../keys";
import "../profiles/keys";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import type { Profile } from "../profiles/profile";
import "../profiles/profiles.css";
import { shownField } from "../profiles/profile";
import { Status } from "../profiles/versions";
import { t, time } from "../text";

const STATUSES = ["draft", "released", "retired"] as const;
const STAGES = ["before_scan", "after_scan"] as const;

export default function Profiles() {
  const { query, route } = useLocation();
  const status = STATUSES.find((each) => each === query.status);
  const stage = STAGES.find((each) => each === query.stage);
  const go = (change: Record<string, string | undefined>) => {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries({ status, stage, ...change }))
      if (value) asked.set(name, value);
    route(`/console/profiles${asked.size ? `?${asked}` : ""}`);
  };
  const list = useLoaded(
    (signal) =>
      api
        .GET("/v1/risk-profiles", {
          params: { query: { ...(status ? { status } : {}), ...(stage ? { stage } : {}) } },
          signal,
        })
        .then(dataOf),
    [status, stage],
  );
  return (
    <div class="profiles">
      <h1>{t("profiles.heading")}</h1>
      <div class="row">
        <Choose name="status" value={status} among={STATUSES} go={go} />
        <Choose name="stage" value={stage} among={STAGES} go={go} />
        <NewProfile />
      </div>
      <Shown of={list}>
        {(data) =>
          data.profiles.length ? (
            <List profiles={data.profiles} />
          ) : (
            <Empty>{t("profiles.no_profiles")}</Empty>
          )
        }
      </Shown>
    </div>
  );
}

function Choose({
  name,
  value,
  among,
  go,
}: {
  name: "status" | "stage";
  value: string | undefined;
  among: readonly string[];
  go: (change: Record<string, string | undefined>) => void;
}) {
  return (
    <label>
      {t(`profiles.${name}`)}
      <select
        value={value ?? ""}
        onChange={(event) => go({ [name]: event.currentTarget.value || undefined })}
      >
        <option value="">{t("profiles.all")}</option>
        {among.map((each) => (
          <option key={each} value={each}>
            {t(`profiles.${name}.${each}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function NewProfile() {
  const { route } = useLocation();
  const [id, setId] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "profiles.new": () => field.current?.focus() });
  return (
    <form
      class="new"
      onSubmit={(event) => {
        event.preventDefault();
        route(`/console/profiles/${id}`);
      }}
    >
      <label>
        <span>
          {t("profiles.new_id")} <kbd>{keyOf("profiles.new")}</kbd>
        </span>
        <input
          ref={field}
          required
          pattern="[a-z0-9][a-z0-9\-]{0,63}"
          title={t("profiles.id_rule")}
          value={id}
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </label>
      <button type="submit">{t("profiles.new")}</button>
    </form>
  );
}

function List({ profiles }: { profiles: Profile[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t("profiles.profile")}</th>
          <th scope="col">{t("profiles.title")}</th>
          <th scope="col">{t("profiles.status")}</th>
          <th scope="col">{t("profiles.stage")}</th>
          <th scope="col">{t("profiles.action")}</th>
          <th scope="col" class="number">
            {t("profiles.priority")}
          </th>
          <th scope="col" class="number">
            {t("profiles.random_share")}
          </th>
          <th scope="col">{t("profiles.sites")}</th>
          <th scope="col">{t("profiles.last_change")}</th>
        </tr>
      </thead>
      <tbody>
        {profiles.map((each) => (
          <tr key={`${each.id} ${each.version}`}>
            <th scope="row">
              <a href={`/console/profiles/${each.id}?version=${each.version}`}>
                {each.id} v{each.version}
              </a>
            </th>
            <td>{each.title}</td>
            <td>
              <Status profile={each} />
            </td>
            <td>{shownField(each, "stage")}</td>
            <td>{shownField(each, "action")}</td>
            <td class="number">{each.priority}</td>
            <td class="number">{shownField(each, "random_share")}</td>
            <td>{shownField(each, "sites")}</td>
            <td>{time(each.retired_at ?? each.released_at ?? each.saved_at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

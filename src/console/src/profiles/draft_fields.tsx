/** The fields of a draft beside its title and expression. */
import { useState } from "preact/hooks";
import { t } from "../text";
import { ACTIONS, type Said, type Stage } from "./profile";

export interface Fields {
  said: Said;
  set: (change: Partial<Said>) => void;
}

export function StageAndAction({ said, set }: Fields) {
  return (
    <div class="row">
      <label>
        {t("profiles.stage")}
        <select
          value={said.stage}
          onChange={(event) => {
            const stage = event.currentTarget.value as Stage;
            const fits = ACTIONS[stage].includes(said.action);
            set({ stage, ...(fits ? {} : { action: ACTIONS[stage][0] as Said["action"] }) });
          }}
        >
          {(Object.keys(ACTIONS) as Stage[]).map((stage) => (
            <option key={stage} value={stage}>
              {t(`profiles.stage.${stage}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("profiles.action")}
        <select
          value={said.action}
          onChange={(event) => set({ action: event.currentTarget.value as Said["action"] })}
        >
          {ACTIONS[said.stage].map((action) => (
            <option key={action} value={action}>
              {t(`profiles.action.${action}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("profiles.priority")}
        <input
          type="number"
          min="1"
          max="5"
          required
          value={said.priority}
          onInput={(event) => set({ priority: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t("profiles.random_share_percent")}
        <input
          type="number"
          min="0"
          max="100"
          step="any"
          required
          value={Math.round(said.random_share * 1e6) / 1e4}
          onInput={(event) => set({ random_share: Number(event.currentTarget.value) / 100 })}
        />
      </label>
    </div>
  );
}

export function OtherFields({ said, set }: Fields) {
  return (
    <>
      <div class="row">
        <label>
          {t("profiles.if_undetermined")}
          <select
            value={said.if_undetermined}
            onChange={(event) => set({ if_undetermined: event.currentTarget.value as "select" | "ignore" })}
          >
            <option value="select">{t("profiles.if_undetermined.select")}</option>
            <option value="ignore">{t("profiles.if_undetermined.ignore")}</option>
          </select>
        </label>
        <Moment name="valid_from" said={said} set={set} />
        <Moment name="valid_to" said={said} set={set} />
      </div>
      <Many name="sites" rows={2} said={said} set={set} />
      <Many name="interview" rows={3} said={said} set={set} />
      <label>
        {t("profiles.comment")}
        <textarea
          rows={2}
          maxLength={2000}
          value={said.comment ?? ""}
          onInput={(event) => set({ comment: event.currentTarget.value || null })}
        />
      </label>
    </>
  );
}

/** A moment in the browser's own time zone; none: left empty. */
function Moment({ name, said, set }: Fields & { name: "valid_from" | "valid_to" }) {
  const value = said[name];
  const here = value ? new Date(Date.parse(value) - new Date(value).getTimezoneOffset() * 60_000) : null;
  return (
    <label>
      {t(`profiles.${name}`)}
      <input
        type="datetime-local"
        value={here ? here.toISOString().slice(0, 16) : ""}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          set({ [name]: typed ? new Date(typed).toISOString() : null });
        }}
      />
    </label>
  );
}

/** One a line. */
function Many({ name, rows, said, set }: Fields & { name: "sites" | "interview"; rows: number }) {
  const [text, setText] = useState(() => (said[name] ?? []).join("\n"));
  return (
    <label>
      {t(`profiles.${name}_lines`)}
      <textarea
        rows={rows}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          const lines = event.currentTarget.value.split("\n").map((line) => line.trim());
          set({ [name]: lines.filter(Boolean) });
        }}
      />
    </label>
  );
}

/** A draft: every field, the expression with its facts, saved in the name of who writes it. */
import { useRef, useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import { useLoaded } from "../load";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { t } from "../text";
import { ExpressionEditor } from "./expression_editor";
import { FactsList } from "./facts_list";
import { ACTIONS, type Profile, type Said, type Stage, saidOf } from "./profile";

interface Refused extends Problem {
  fields: string[];
}

export function DraftForm({
  id,
  first,
  saved,
}: {
  id: string;
  first: Said;
  saved: (profile: Profile) => void;
}) {
  const [said, setSaid] = useState<Said>(() => saidOf(first));
  const [refused, setRefused] = useState<Refused | null>(null);
  const [saving, setSaving] = useState(false);
  const insert = useRef<((text: string) => void) | null>(null);
  const set = (change: Partial<Said>) => setSaid((last) => ({ ...last, ...change }));
  const facts = useLoaded(
    (signal) =>
      api.GET("/v1/risk-profile-facts", { params: { query: { stage: said.stage } }, signal }).then(dataOf),
    [said.stage],
  );
  const known = facts.data?.facts ?? [];

  const save = async () => {
    setSaving(true);
    const body = { ...said, by: session.value?.person ?? "" };
    try {
      const answer = await api.PUT("/v1/risk-profiles/{profile}/draft", {
        params: { path: { profile: id } },
        body,
      });
      if (answer.data) {
        setRefused(null);
        saved(answer.data);
      } else setRefused(refusedOf(answer.error));
    } catch (error) {
      setRefused({ ...problemOf(error), fields: [] });
    }
    setSaving(false);
  };

  return (
    <form
      class="draft-form"
      aria-label={t("profiles.draft_of", { id })}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.ctrlKey) {
          event.preventDefault();
          event.currentTarget.requestSubmit();
        }
      }}
    >
      <div class="fields">
        <label>
          {t("profiles.title")}
          <input
            required
            maxLength={120}
            value={said.title}
            onInput={(event) => set({ title: event.currentTarget.value })}
          />
        </label>
        <StageAndAction said={said} set={set} />
        <ExpressionEditor
          stage={said.stage}
          value={said.expression}
          facts={known}
          change={(expression) => set({ expression })}
          insert={insert}
        />
        <OtherFields said={said} set={set} />
        {facts.problem && <ProblemNote problem={facts.problem} retry={facts.again} />}
        {refused && (
          <div>
            <ProblemNote problem={refused} />
            {refused.fields.length > 0 && (
              <ul class="wrong">
                {refused.fields.map((field) => (
                  <li key={field}>{field}</li>
                ))}
              </ul>
            )}
          </div>
        )}
        <div class="ways">
          <button type="submit" class="main" disabled={saving}>
            {t("profiles.save")} <kbd>Ctrl+Enter</kbd>
          </button>
        </div>
      </div>
      <FactsList facts={known} insert={(text) => insert.current?.(text)} />
    </form>
  );
}

function refusedOf(error: unknown): Refused {
  const errors = (error as { errors?: { field: string; detail: string }[] } | undefined)?.errors ?? [];
  return {
    ...problemOf(error),
    fields: errors.map((each) => `${each.field.replace(/^body\./, "")}: ${each.detail}`),
  };
}

interface Fields {
  said: Said;
  set: (change: Partial<Said>) => void;
}

function StageAndAction({ said, set }: Fields) {
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

function OtherFields({ said, set }: Fields) {
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

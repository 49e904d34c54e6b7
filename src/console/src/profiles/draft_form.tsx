/** A draft: every field, the expression with its facts, saved in the name of who writes it. */
import { useRef, useState } from "preact/hooks";
import { api, dataOf, type Problem, problemOf } from "../api/client";
import { useLoaded } from "../load";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { t } from "../text";
import { OtherFields, StageAndAction } from "./draft_fields";
import { ExpressionEditor } from "./expression_editor";
import { FactsList } from "./facts_list";
import { type Profile, type Said, saidOf } from "./profile";

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

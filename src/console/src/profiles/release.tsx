/** What is done with a version: a draft is released by another person or thrown away, a released one is retired. */
import { useState } from "preact/hooks";
import { api, type Problem, problemOf } from "../api/client";
import { ProblemNote } from "../parts/states";
import { session } from "../session";
import { t } from "../text";
import type { Profile } from "./profile";

export function Release({ profile, done }: { profile: Profile; done: () => void }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [because, setBecause] = useState("");
  const person = session.value?.person ?? "";
  const path = { profile: profile.id, version: profile.version };
  const run = async (asking: Promise<{ error?: unknown; response: Response }>) => {
    try {
      const answer = await asking;
      if (answer.response.ok) {
        setProblem(null);
        done();
      } else setProblem(problemOf(answer.error));
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  if (profile.status === "retired") return null;
  return (
    <section class="panel release" aria-label={t("profiles.in_force")}>
      {profile.status === "draft" ? (
        <>
          <h2>{t("profiles.release_title")}</h2>
          <p>
            {profile.authors.includes(person)
              ? t("profiles.own_draft", { by: profile.authors.join(", ") })
              : t("profiles.other_draft", { by: profile.authors.join(", ") })}
          </p>
          <div class="ways">
            <button
              type="button"
              class="main"
              onClick={() =>
                run(
                  api.POST("/v1/risk-profiles/{profile}/versions/{version}/release", {
                    params: { path },
                    body: { by: person },
                  }),
                )
              }
            >
              {t("profiles.release")}
            </button>
            <button
              type="button"
              onClick={() =>
                run(
                  api.DELETE("/v1/risk-profiles/{profile}/draft", {
                    params: { path: { profile: profile.id } },
                  }),
                )
              }
            >
              {t("profiles.throw_away")}
            </button>
          </div>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run(
              api.POST("/v1/risk-profiles/{profile}/versions/{version}/retire", {
                params: { path },
                body: { by: person, because },
              }),
            );
          }}
        >
          <h2>{t("profiles.retire_title")}</h2>
          <label>
            {t("profiles.because")}
            <input
              required
              maxLength={2000}
              value={because}
              onInput={(event) => setBecause(event.currentTarget.value)}
            />
          </label>
          <div class="ways">
            <button type="submit">{t("profiles.retire")}</button>
          </div>
        </form>
      )}
      {problem && <ProblemNote problem={problem} />}
    </section>
  );
}

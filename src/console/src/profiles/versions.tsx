/** The versions of a profile, and what is different between two of them. */
import { t, time } from "../text";
import { difference } from "./difference";
import { FIELDS, type Profile, shownField } from "./profile";

export function Versions({
  versions,
  shown,
  against,
  addressOf,
}: {
  versions: Profile[];
  shown: Profile | undefined;
  against: Profile | undefined;
  addressOf: (version: number, against?: number) => string;
}) {
  return (
    <section class="panel versions" aria-label={t("profiles.versions")}>
      <h2>{t("profiles.versions")}</h2>
      <ol reversed>
        {versions.toReversed().map((each) => (
          <li key={each.version}>
            <a
              href={addressOf(each.version)}
              aria-current={each.version === shown?.version ? "true" : undefined}
            >
              {t("profiles.version", { version: each.version })}
            </a>{" "}
            <Status profile={each} />
            <small>{whatHappened(each)}</small>
            {shown && each.version !== shown.version && (
              <a
                class="against"
                href={addressOf(shown.version, each.version)}
                aria-current={each.version === against?.version ? "true" : undefined}
              >
                {t("profiles.compare", { version: each.version })}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

export function Status({ profile }: { profile: Profile }) {
  return <span class={`status ${profile.status}`}>{t(`profiles.status.${profile.status}`)}</span>;
}

function whatHappened(profile: Profile): string {
  const lines = [t("profiles.written_by", { by: profile.authors.join(", "), at: time(profile.saved_at) })];
  if (profile.released_by && profile.released_at)
    lines.push(t("profiles.released_by", { by: profile.released_by, at: time(profile.released_at) }));
  if (profile.retired_by && profile.retired_at)
    lines.push(
      t("profiles.retired_by", {
        by: profile.retired_by,
        at: time(profile.retired_at),
        because: profile.retired_because ?? "",
      }),
    );
  return lines.join(" ");
}

export function Difference({ before, after }: { before: Profile; after: Profile }) {
  const changed = FIELDS.filter((field) => shownField(before, field) !== shownField(after, field));
  const same = changed.length === 0 && before.expression === after.expression;
  return (
    <section class="panel difference" aria-label={t("profiles.difference")}>
      <h2>{t("profiles.difference_of", { before: before.version, after: after.version })}</h2>
      {same && <p class="hint">{t("profiles.no_difference")}</p>}
      {before.expression !== after.expression && (
        <pre>
          {difference(before.expression, after.expression).map((piece, at) => {
            const key = `${at} ${piece.kind}`;
            if (piece.kind === "same") return <span key={key}>{piece.text}</span>;
            return piece.kind === "gone" ? (
              <del key={key}>{piece.text}</del>
            ) : (
              <ins key={key}>{piece.text}</ins>
            );
          })}
        </pre>
      )}
      {changed.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("profiles.field")}</th>
              <th scope="col">{t("profiles.version", { version: before.version })}</th>
              <th scope="col">{t("profiles.version", { version: after.version })}</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((field) => (
              <tr key={field}>
                <th scope="row">{t(`profiles.${field}`)}</th>
                <td>
                  <del>{shownField(before, field)}</del>
                </td>
                <td>
                  <ins>{shownField(after, field)}</ins>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** A version as it stands. */
export function Fields({ profile }: { profile: Profile }) {
  return (
    <section class="panel" aria-label={t("profiles.version", { version: profile.version })}>
      <pre class="as-written">{profile.expression}</pre>
      <dl class="fields-of">
        {FIELDS.map((field) => (
          <div key={field}>
            <dt>{t(`profiles.${field}`)}</dt>
            <dd>{shownField(profile, field)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

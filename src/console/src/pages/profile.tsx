/** One risk profile: its versions, the draft, a dry run, and who puts it into force. */

import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { DraftForm } from "../profiles/draft_form";
import { DryRun } from "../profiles/dry_run";
import { BLANK, type Profile } from "../profiles/profile";
import "../profiles/profiles.css";
import { Release } from "../profiles/release";
import { Difference, Fields, Status, Versions } from "../profiles/versions";
import { may } from "../session";
import { t } from "../text";

/** A profile that nobody has written yet has no versions. */
async function versionsOf(id: string, signal: AbortSignal): Promise<Profile[]> {
  const answer = await api.GET("/v1/risk-profiles/{profile}", { params: { path: { profile: id } }, signal });
  return answer.response.status === 404 ? [] : dataOf(answer).profiles;
}

export default function ProfilePage() {
  const { params } = useRoute();
  const id = params.id ?? "";
  return <OfProfile key={id} id={id} />;
}

function OfProfile({ id }: { id: string }) {
  const versions = useLoaded((signal) => versionsOf(id, signal), [id]);
  return (
    <Shown of={versions}>{(found) => <OneProfile id={id} versions={found} again={versions.again} />}</Shown>
  );
}

function OneProfile({ id, versions, again }: { id: string; versions: Profile[]; again: () => void }) {
  const { query, route } = useLocation();
  const [writing, setWriting] = useState(false);
  const of = (text: string | undefined) => versions.find((each) => String(each.version) === text);
  const shown = of(query.version) ?? versions.at(-1);
  const other = of(query.against);
  const against = other?.version === shown?.version ? undefined : other;
  const draft = versions.find((each) => each.status === "draft");
  const addressOf = (version: number, other?: number) =>
    `/console/profiles/${id}?version=${version}${other ? `&against=${other}` : ""}`;
  const writes = may("targeting_officer");
  const edits = writes && (!shown || shown.status === "draft" || writing);
  return (
    <div class="profile">
      <div class="head">
        <h1>{shown?.title || id}</h1>
        <span>
          {id} {shown && t("profiles.version", { version: shown.version })}
        </span>
        {shown && <Status profile={shown} />}
        <a href="/console/profiles">{t("profiles.to_list")}</a>
      </div>
      <div class="sides">
        <div class="main-side">
          {against && shown && (
            <Difference
              before={against.version < shown.version ? against : shown}
              after={against.version < shown.version ? shown : against}
            />
          )}
          {!shown && !writes && <Empty>{t("profiles.no_profiles")}</Empty>}
          {edits ? (
            <DraftForm
              key={`${shown?.version} ${shown?.status}`}
              id={id}
              first={shown ?? BLANK}
              saved={(saved) => {
                setWriting(false);
                again();
                route(addressOf(saved.version));
              }}
            />
          ) : (
            shown && (
              <>
                <Fields profile={shown} />
                {writes && !draft && (
                  <button type="button" class="next" onClick={() => setWriting(true)}>
                    {t("profiles.next_version")}
                  </button>
                )}
              </>
            )
          )}
          {shown && !writing && <DryRun key={`${shown.version} ${shown.saved_at}`} profile={shown} />}
        </div>
        {versions.length > 0 && (
          <div class="other-side">
            <Versions versions={versions} shown={shown} against={against} addressOf={addressOf} />
            {shown && writes && !writing && <Release key={shown.version} profile={shown} done={again} />}
          </div>
        )}
      </div>
    </div>
  );
}

/** A scan in a line: its picture, when, what was answered, what came of it. */

import type { ComponentChildren } from "preact";
import type { components } from "../api/schema";
import { laneName } from "../lanes";
import { number, t, time, word } from "../text";

type Schemas = components["schemas"];
export type Beside = Schemas["Beside"];
export type Likeness = Schemas["Likeness"];
export type Reference = Schemas["Reference"];
export type RelatedScans = Schemas["RelatedScans"];

interface LineProps {
  scan: Beside;
  /** Chosen to be compared; where nothing can be chosen the name leads to the scan. */
  chosen?: boolean | undefined;
  onChoose?: ((scan: string) => void) | undefined;
  children?: ComponentChildren;
}

export function ScanLine({ scan, chosen, onChoose, children }: LineProps) {
  const picture = scan.thumbnail ? (
    <img class="thumbnail" src={scan.thumbnail} alt="" loading="lazy" />
  ) : (
    <span class="no-picture">{t(scan.hidden ? "related.hidden" : "related.no_picture")}</span>
  );
  return (
    <li class={`beside-line ${chosen ? "chosen" : ""}`}>
      {onChoose ? (
        <button
          type="button"
          aria-pressed={chosen === true}
          aria-label={t("related.compare", { name: scan.name })}
          onClick={() => onChoose(scan.scan)}
        >
          {picture}
        </button>
      ) : (
        <a href={`/console/scans/${scan.scan}`} aria-label={t("related.open", { name: scan.name })}>
          {picture}
        </a>
      )}
      <div>
        <p>
          <a href={`/console/scans/${scan.scan}`}>{scan.name}</a>
          {scan.unit !== null && <> {t("related.unit", { unit: scan.unit })}</>}{" "}
          <time dateTime={scan.at}>{time(scan.at)}</time>
        </p>
        <p>
          {scan.lane ? (
            <span class={`lane ${scan.lane}`}>{laneName(scan.lane)}</span>
          ) : (
            <span class="lane not_assessed">{t(scan.hidden ? "related.hidden" : "related.waits")}</span>
          )}{" "}
          {!scan.hidden && <Outcome outcome={scan.outcome} />}{" "}
          {scan.officer && (
            <span class="officer">
              {t("related.officer", { answer: word("models", `answer_${scan.officer}`) })}
            </span>
          )}
        </p>
        {scan.goods && <p class="quiet">{scan.goods}</p>}
        {children}
      </div>
    </li>
  );
}

function Outcome({ outcome }: { outcome: Beside["outcome"] }) {
  return (
    <strong class={`came-to ${outcome ?? "unknown"}`}>{t(`related.outcome_${outcome ?? "unknown"}`)}</strong>
  );
}

/** By what two loads are alike, and in what they differ most. */
export function Alike({ likeness }: { likeness: Likeness }) {
  return (
    <p class="quiet">
      {t("related.alike", { features: likeness.alike.map(inWords).join("; ") })}
      {likeness.apart.length > 0 && (
        <> {t("related.apart", { features: likeness.apart.map(inWords).join("; ") })}</>
      )}
    </p>
  );
}

function inWords(shared: Likeness["alike"][number]): string {
  const unit = shared.unit ? ` ${shared.unit}` : "";
  return `${word("related", `feature_${shared.feature}`)} ${number(shared.this, 4)} / ${number(shared.other, 4)}${unit}`;
}

export function Found({ find }: { find: Reference }) {
  return (
    <>
      <p class="found">
        {find.families.length > 0
          ? find.families.map((family) => word("families", family)).join(", ")
          : t("related.unnamed_family")}
        {find.hs.length > 0 && <> · HS {find.hs.join(", ")}</>}
      </p>
      {find.items.map((item) => (
        <p key={item} class="quiet">
          {item.replace(/^[a-z_]+: /, "")}
        </p>
      ))}
      {find.comments.map((comment) => (
        <p key={comment} class="quiet">
          “{comment}”
        </p>
      ))}
    </>
  );
}

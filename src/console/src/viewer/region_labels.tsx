/** Labels of regions, and the evidence of the one under the pointer or focused in a list. */
import { Said } from "../parts/said";
import { sureness } from "../parts/sureness";
import { t, word } from "../text";
import { type Box, boxOf, cornersOf } from "./affine";
import { cardPlace, LABEL_HEIGHT, placedLabels } from "./labels";
import { toScreen } from "./place";
import type { Region } from "./regions";
import type { Viewing } from "./viewing";
import { evidence, family, regionText, scoreText } from "./words";

const LETTER_PX = 7;

interface Labelled {
  id: string;
  kind: string;
  text: string;
  box: Box;
}

export function Labels({ viewing }: { viewing: Viewing }) {
  const { handle, stage } = viewing;
  if (!handle.overlays.value) return null;
  const labelled = labelledRegions(viewing);
  const places = placedLabels(
    labelled.map(({ id, box, text }) => ({ id, box, width: text.length * LETTER_PX + 12 })),
    stage.value,
  );
  const lit = handle.lit.value ?? handle.shown.value;
  const region = viewing.regions.value.find(({ id }) => id === handle.lit.value);
  return (
    <div class="labels" aria-hidden="true">
      {labelled.map(({ id, kind, text }) => {
        const place = places.get(id);
        if (!place) return null;
        return (
          <span
            key={id}
            class={`label ${kind} ${id === lit ? "lit" : ""}`}
            data-label={id}
            style={{ transform: `translate(${place[0]}px, ${place[1]}px)`, height: `${LABEL_HEIGHT}px` }}
          >
            {text}
          </span>
        );
      })}
      {region?.finding && <Evidence viewing={viewing} region={region} />}
    </div>
  );
}

/** Findings first, the surest first: they choose their place before units do. */
function labelledRegions(viewing: Viewing): Labelled[] {
  const { place, unit, stage, drawn } = viewing;
  const onScreen = (box: Box): Box =>
    boxOf(cornersOf(box).map((point) => toScreen(place.value, unit, stage.value, point)));
  const lit = [viewing.handle.lit.value, viewing.handle.shown.value];
  const visible = viewing.regions.value.filter(({ id, kind }) => kind !== "verdict" || lit.includes(id));
  const regions = [...visible].reverse().map((region) => ({
    id: region.id,
    kind: region.kind,
    text: regionText(region),
    box: onScreen(region.box),
  }));
  const own = drawn.all.map((region) => ({
    id: region.id,
    kind: "drawn",
    text: [region.id, region.family ? word("families", region.family) : t("viewer.drawn")].join(" "),
    box: onScreen(boxOf(drawn.points(region))),
  }));
  return [...own, ...regions];
}

const CARD = { width: 320, height: 290 };

function Evidence({ viewing, region }: { viewing: Viewing; region: Region }) {
  const { place, unit, stage } = viewing;
  const finding = region.finding;
  if (!finding) return null;
  const box = boxOf(cornersOf(region.box).map((point) => toScreen(place.value, unit, stage.value, point)));
  const [x, y] = cardPlace(box, CARD, stage.value);
  const others = finding.families.filter(({ kind }) => kind !== finding.kind).slice(0, 2);
  return (
    <div class="evidence panel" data-evidence={region.id} style={{ transform: `translate(${x}px, ${y}px)` }}>
      <strong>
        {finding.id} {family(finding.kind)}
      </strong>
      <p>
        {sureness(finding.score)} · {scoreText(finding.score)}
        {others.map(({ kind, probability }) => ` · ${family(kind)} ${scoreText(probability)}`)}
      </p>
      <dl>
        {evidence(finding).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        <Said english={finding.explanation} sentences={finding.said} />
      </p>
    </div>
  );
}

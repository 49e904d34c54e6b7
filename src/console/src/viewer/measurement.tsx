/** What the service measured along a line or in an area; what cannot be said, with its reason. */
import { useLoaded } from "../load";
import { ProblemNote, Waiting } from "../parts/states";
import { t } from "../text";
import type { Point } from "./affine";
import { type Fact, factsOf, measure } from "./measures";
import { ProfilePlot } from "./profile_plot";
import type { Measured, Viewing } from "./viewing";

export function Measurement({ viewing }: { viewing: Viewing }) {
  const measured = viewing.measured.value;
  if (!measured || measured.tool === "ruler") return null;
  return (
    <section class="measurement panel" aria-label={t("viewer.measured")}>
      <button
        type="button"
        class="close"
        aria-label={t("viewer.close")}
        onClick={() => {
          viewing.measured.value = null;
        }}
      >
        ×
      </button>
      <Values key={JSON.stringify(measured)} viewing={viewing} measured={measured} />
    </section>
  );
}

const SHAPES = { profile: "line", area: "box", outline: "polygon" } as const;

function Values({ viewing, measured }: { viewing: Viewing; measured: Measured }) {
  const { scan, revision } = viewing.image;
  const shape = SHAPES[measured.tool as keyof typeof SHAPES];
  const loaded = useLoaded(
    (signal) => measure(scan, { shape, points: measured.points, revision }, signal),
    [scan, revision, measured],
  );
  if (loaded.problem) return <ProblemNote problem={loaded.problem} retry={loaded.again} />;
  if (!loaded.data) return <Waiting />;
  return (
    <>
      <dl class={`facts ${shape}`}>
        {factsOf(loaded.data).map((fact) => (
          <FactLine key={fact.name} fact={fact} />
        ))}
      </dl>
      {loaded.data.profile && (
        <ProfilePlot
          profile={loaded.data.profile}
          grade={viewing.image.grade}
          at={(share) => {
            viewing.pointer.value = share === null ? null : between(measured.points, share);
          }}
        />
      )}
    </>
  );
}

const between = ([from, to]: Point[], share: number): Point | null =>
  from && to ? [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share] : null;

function FactLine({ fact }: { fact: Fact }) {
  return (
    <div class={fact.reason ? "unknown" : ""}>
      <dt>{fact.name}</dt>
      <dd>{fact.value ?? t("viewer.cannot_be_said")}</dd>
      {(fact.note ?? fact.reason) && <dd class="note">{fact.note ?? fact.reason}</dd>}
    </div>
  );
}

/** The viewer: toolbar, image, what is measured, and what is under the pointer. */
import { type Signal, useSignalEffect } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { useKeys } from "../keys";
import { useLoaded } from "../load";
import { ProblemNote, Shown } from "../parts/states";
import { t } from "../text";
import { type Action, actionsOf, REPEATED } from "./actions";
import { Banners } from "./banners";
import { comparing, MODES, useOther } from "./comparison";
import type { Handle } from "./handle";
import { Help } from "./help";
import { loadImage, Tiles } from "./image";
import { Measurement } from "./measurement";
import { NoImage } from "./no_image";
import { Readout } from "./readout";
import { notAssessed, type ScanDocument } from "./regions";
import { Stages } from "./stages";
import { Toolbar } from "./toolbar";
import { Viewing } from "./viewing";
import { darkestOf } from "./window";
import "./viewer.css";

interface Props {
  scan: Signal<ScanDocument>;
  handle: Handle;
  /** Called once the whole image is seen for the first time. */
  onDrawn?: () => void;
}

export function ScanViewer({ scan, handle, onDrawn }: Props) {
  const { id, revision } = scan.value;
  const loaded = useLoaded(
    async (stop) => {
      const image = await loadImage(id, stop);
      if (!image) return { viewing: null };
      const tiles = new Tiles(image, "scan");
      const darkest = darkestOf(await tiles.overview(), image.grade);
      return { viewing: new Viewing(image, scan, handle, darkest, tiles) };
    },
    [id, revision],
  );
  return (
    <Shown of={loaded}>
      {({ viewing }) =>
        viewing ? (
          <Working viewing={viewing} onDrawn={onDrawn ?? (() => {})} />
        ) : (
          <NoImage
            scan={scan.value}
            handle={handle}
            missing={handle.blind.value ? [] : notAssessed(scan.value)}
          />
        )
      }
    </Shown>
  );
}

function Working({ viewing, onDrawn }: { viewing: Viewing; onDrawn: () => void }) {
  const { handle } = viewing;
  const [help, setHelp] = useState(false);
  const compare = useMemo(comparing, []);
  const other = useOther(viewing);
  const actions = [
    ...actionsOf(viewing),
    ...comparisonActions(viewing, compare),
    { id: "viewer.help", group: "compare", run: () => setHelp(true) } satisfies Action,
  ];
  const keys = Object.fromEntries(actions.filter(({ off }) => !off).map(({ id, run }) => [id, run]));
  useKeys(help ? {} : keys, REPEATED);
  useSignalEffect(() => {
    if (handle.asked.value) viewing.bringIntoView(handle.asked.value.id);
  });
  const compared = handle.compareWith.value === null ? null : other.data;
  return (
    <div class="viewer">
      <Toolbar viewing={viewing} actions={actions} />
      <Banners
        handle={handle}
        missing={viewing.notAssessed.value}
        notCalibrated={viewing.image.not_calibrated}
      />
      {handle.compareWith.value !== null && other.problem && (
        <ProblemNote problem={other.problem} retry={other.again} />
      )}
      {handle.compareWith.value !== null && other.data === null && !other.problem && (
        <p class="hidden-note" role="status">
          {t("viewer.nothing_to_compare")}
        </p>
      )}
      <Stages
        viewing={viewing}
        other={compared}
        comparing={compare}
        label={t("viewer.image_of", { name: viewing.scan.value.name })}
        onDrawn={onDrawn}
      />
      <Measurement viewing={viewing} />
      <Readout viewing={viewing} expected={compared?.kind === "expected" ? compared.tiles : null} />
      {help && <Help close={() => setHelp(false)} />}
    </div>
  );
}

function comparisonActions({ image, handle }: Viewing, compare: ReturnType<typeof comparing>): Action[] {
  const isComparing = handle.compareWith.value !== null;
  return [
    {
      id: "viewer.expected",
      group: "compare",
      run: () => {
        handle.compareWith.value = isComparing ? null : "expected";
      },
      on: isComparing,
      off: !isComparing && image.expected === null,
    },
    {
      id: "viewer.next_mode",
      group: "compare",
      run: () => {
        const next = (MODES.indexOf(compare.mode.value) + 1) % MODES.length;
        compare.mode.value = MODES[next] as (typeof MODES)[number];
      },
      hidden: !isComparing,
      off: !isComparing,
    },
    {
      id: "viewer.flip",
      group: "compare",
      run: () => {
        compare.mode.value = "flip";
        compare.flipped.value = !compare.flipped.value;
      },
      hidden: !isComparing,
      off: !isComparing,
    },
  ];
}

/** The viewer: toolbar, image, what is measured, and what is under the pointer. */
import { type Signal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { components } from "../api/schema";
import { useKeys } from "../keys";
import type { Loaded } from "../load";
import { ProblemNote, Waiting } from "../parts/states";
import { t } from "../text";
import { type Action, actionsOf, REPEATED } from "./actions";
import { Banners } from "./banners";
import { carriedTo } from "./carried";
import { comparing, MODES, useOther } from "./comparison";
import type { Handle } from "./handle";
import { Help } from "./help";
import { loadImage, Tiles } from "./image";
import { Measurement } from "./measurement";
import { NoImage } from "./no_image";
import { loadFitted } from "./prefetch";
import { Readout } from "./readout";
import { notAssessed, type ScanDocument } from "./regions";
import { Stages } from "./stages";
import { Toolbar } from "./toolbar";
import { Viewing } from "./viewing";
import { Views } from "./views";
import { darkestOf } from "./window";
import "./viewer.css";

type View = components["schemas"]["SideView"];

interface Props {
  scan: Signal<ScanDocument>;
  seen: Loaded<Seen>;
  handle: Handle;
  /** Nobody knows yet whether the reading may be seen. */
  pending: boolean;
  /** All views of the file of which this scan is one; none, or itself, where it holds no other. */
  views: readonly View[];
  /** Called once the whole image is seen for the first time. */
  onDrawn: () => void;
}

/** What is loaded of a scan before it is seen: null, where it has no image. */
export interface Seen {
  scan: string;
  image: { tiles: Tiles; darkest: number } | null;
}

export async function loadSeen(scan: string, stop: AbortSignal): Promise<Seen> {
  const image = await loadImage(scan, stop);
  if (!image) return { scan, image };
  const tiles = new Tiles(image, "scan");
  void loadFitted(tiles).catch(() => {}); // the picture asks for them again, and says what is wrong
  return { scan, image: { tiles, darkest: darkestOf(await tiles.overview(), image.grade) } };
}

export function ScanViewer({ scan, seen, handle, pending, views, onDrawn }: Props) {
  const image = seen.data?.scan === scan.value.id ? seen.data.image : undefined;
  const viewing = useMemo(
    () => image && new Viewing(image.tiles, scan, handle, image.darkest, carriedTo(image.tiles.image.scan)),
    [image, scan, handle],
  );
  const others = (
    <Views scan={scan.value.id} views={views} look={() => (viewing ? viewing.look.peek() : null)} />
  );
  if (viewing) return <Working viewing={viewing} pending={pending} others={others} onDrawn={onDrawn} />;
  if (image === undefined || pending)
    return (
      <div class="viewer">
        {others}
        {seen.problem ? <ProblemNote problem={seen.problem} retry={seen.again} /> : <Waiting />}
      </div>
    );
  return (
    <NoImage scan={scan.value} handle={handle} missing={handle.blind.value ? [] : notAssessed(scan.value)}>
      {others}
    </NoImage>
  );
}

interface WorkingProps extends Pick<Props, "pending" | "onDrawn"> {
  viewing: Viewing;
  others: ComponentChildren;
}

function Working({ viewing, pending, others, onDrawn }: WorkingProps) {
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
      {others}
      <Toolbar viewing={viewing} actions={actions} />
      {!pending && (
        <Banners
          handle={handle}
          missing={viewing.notAssessed.value}
          notCalibrated={viewing.image.not_calibrated}
        />
      )}
      {viewing.tiles.problem.value && (
        <ProblemNote problem={viewing.tiles.problem.value} retry={() => viewing.askAgain()} />
      )}
      {handle.compareWith.value !== null && other.problem && (
        <ProblemNote problem={other.problem} retry={other.again} />
      )}
      {handle.compareWith.value !== null && other.data === null && !other.problem && (
        <p class="hidden-note" role="status">
          {t("viewer.nothing_to_compare")}
        </p>
      )}
      <div class="seen">
        <Stages
          viewing={viewing}
          other={compared}
          comparing={compare}
          label={t("viewer.image_of", { name: viewing.scan.value.name })}
          onDrawn={onDrawn}
        />
        <Measurement viewing={viewing} />
      </div>
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
      off: !isComparing && (image.expected === null || handle.blind.value),
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

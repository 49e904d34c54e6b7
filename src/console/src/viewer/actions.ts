/** Everything that can be done to the image: each has a key, a place in the toolbar, and a line on the help sheet. */
import "./keys";
import type { Viewing } from "./viewing";
import { PRESETS } from "./window";

export type Group = "window" | "colour" | "measure" | "draw" | "view" | "compare";

export interface Action {
  id: string;
  group: Group;
  run: () => void;
  /** Whether it is on, where it can be. */
  on?: boolean;
  /** Whether it can be done now. */
  off?: boolean;
  /** Keys that work without a button. */
  hidden?: boolean;
}

/** What may be held down. */
export const REPEATED = [
  "viewer.narrower",
  "viewer.wider",
  "viewer.lighter",
  "viewer.darker",
  "viewer.zoom_in",
  "viewer.zoom_out",
];

const WINDOW_STEP = 40;
const ZOOM_STEP = 1.25;

export function actionsOf(viewing: Viewing): Action[] {
  return [
    ...windowing(viewing),
    ...colouring(viewing),
    ...measuring(viewing),
    ...drawing(viewing),
    ...moving(viewing),
  ];
}

function windowing(viewing: Viewing): Action[] {
  const drag = (id: string, dx: number, dy: number): Action => ({
    id: `viewer.${id}`,
    group: "window",
    hidden: true,
    run: () => viewing.dragWindow(dx, dy),
  });
  return [
    ...PRESETS.map(
      (preset): Action => ({
        id: `viewer.preset_${preset}`,
        group: "window",
        run: () => viewing.preset(preset),
        on: viewing.isPreset(preset),
      }),
    ),
    drag("narrower", -WINDOW_STEP, 0),
    drag("wider", WINDOW_STEP, 0),
    drag("lighter", 0, -WINDOW_STEP),
    drag("darker", 0, WINDOW_STEP),
  ];
}

function colouring(viewing: Viewing): Action[] {
  const look = viewing.look.value;
  const hasMaterial = viewing.image.bands.includes("material");
  const strips = (["organic", "mineral", "metal"] as const).map(
    (material): Action => ({
      id: `viewer.${material}`,
      group: "colour",
      run: () => viewing.strip(material),
      on: look.material && !look.stripped.includes(material),
    }),
  );
  return [
    {
      id: "viewer.invert",
      group: "colour",
      run: () => viewing.change({ inverted: !look.inverted }),
      on: look.inverted,
    },
    {
      id: "viewer.colours",
      group: "colour",
      run: () => viewing.nextColouring(),
      on: look.colouring !== "grey",
    },
    {
      id: "viewer.edges",
      group: "colour",
      run: () => viewing.change({ edges: !look.edges }),
      on: look.edges,
    },
    {
      id: "viewer.local",
      group: "colour",
      run: () => viewing.change({ local: !look.local }),
      on: look.local,
    },
    ...(viewing.image.grade === "transmission"
      ? [
          {
            id: "viewer.opaque",
            group: "colour" as const,
            run: () => viewing.change({ opaque: !look.opaque }),
            on: look.opaque,
          },
        ]
      : []),
    ...(hasMaterial
      ? [
          {
            id: "viewer.material",
            group: "colour" as const,
            run: () => viewing.change({ material: !look.material }),
            on: look.material,
          },
          ...strips,
        ]
      : []),
    { id: "viewer.plain", group: "colour", run: () => viewing.plain() },
  ];
}

function measuring(viewing: Viewing): Action[] {
  const isDrawing = viewing.handle.drawing.value !== null;
  const tools = [
    ["windowing", "window"],
    ["ruler", "ruler"],
    ["profile", "profile"],
    ["area", "area"],
    ["outline", "outline"],
  ] as const;
  return [
    ...tools.map(
      ([name, tool]): Action => ({
        id: `viewer.${name}`,
        group: "measure",
        run: () => viewing.take(tool),
        on: !isDrawing && viewing.tool.value === tool,
      }),
    ),
    {
      id: "viewer.magnifier",
      group: "measure",
      run: () => {
        viewing.magnifier.value = !viewing.magnifier.value;
      },
      on: viewing.magnifier.value,
    },
  ];
}

function drawing(viewing: Viewing): Action[] {
  const { handle, drawn } = viewing;
  const chosen = drawn.find(handle.shown.value);
  return [
    {
      id: "viewer.draw_box",
      group: "draw",
      run: () => viewing.draw("box"),
      on: handle.drawing.value === "box",
    },
    {
      id: "viewer.draw_polygon",
      group: "draw",
      run: () => viewing.draw("polygon"),
      on: handle.drawing.value === "polygon",
    },
    { id: "viewer.delete_drawn", group: "draw", run: () => chosen && drawn.remove(chosen.id), off: !chosen },
    { id: "viewer.undo_drawn", group: "draw", run: () => drawn.undo(), off: !drawn.canUndo },
  ];
}

function moving(viewing: Viewing): Action[] {
  const { handle } = viewing;
  const zoom = (id: string, factor: number): Action => ({
    id,
    group: "view",
    hidden: true,
    run: () => viewing.zoom(factor),
  });
  const step = (id: string, by: number): Action => ({
    id,
    group: "view",
    hidden: true,
    run: () => viewing.stepRegion(by),
  });
  return [
    {
      id: "viewer.hide",
      group: "view",
      run: () => {
        handle.overlays.value = !handle.overlays.value;
      },
      on: !handle.overlays.value,
    },
    step("viewer.next_region", 1),
    step("viewer.previous_region", -1),
    { id: "viewer.fit", group: "view", run: () => viewing.fit() },
    { id: "viewer.one_to_one", group: "view", run: () => viewing.oneToOne() },
    zoom("viewer.zoom_in", ZOOM_STEP),
    zoom("viewer.zoom_out", 1 / ZOOM_STEP),
  ];
}

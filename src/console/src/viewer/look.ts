/** How the image is looked at: what the GPU is told, without a request. */
import type { Colouring } from "./colours";
import type { Window } from "./window";

export type Material = "organic" | "mineral" | "metal";
export const MATERIALS: readonly Material[] = ["organic", "mineral", "metal"];

export interface Look {
  window: Window;
  inverted: boolean;
  colouring: Colouring;
  edges: boolean;
  local: boolean;
  /** Whether the image is coloured by material, and which groups are left out of it. */
  material: boolean;
  stripped: readonly Material[];
  /** Whether what the beam did not get through is marked. */
  opaque: boolean;
}

export const plainLook = (window: Window): Look => ({
  window,
  inverted: false,
  colouring: "grey",
  edges: false,
  local: false,
  material: false,
  stripped: [],
  opaque: true,
});

export const withToggled = (stripped: readonly Material[], material: Material): Material[] =>
  MATERIALS.filter((each) => stripped.includes(each) !== (each === material));

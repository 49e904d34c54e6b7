/** A button that leads to a region of the image; while it is focused or under the pointer the region is lit there. */
import type { ComponentChildren } from "preact";
import type { ViewerHandle } from "../viewer/handle";

interface Props {
  id: string;
  viewer: ViewerHandle;
  children: ComponentChildren;
}

export function ToRegion({ id, viewer, children }: Props) {
  const light = () => {
    viewer.lit.value = id;
  };
  const dim = () => {
    if (viewer.lit.value === id) viewer.lit.value = null;
  };
  return (
    <button
      type="button"
      class="to-region"
      data-region={id}
      aria-pressed={viewer.shown.value === id}
      onClick={() => viewer.showRegion(id)}
      onFocus={light}
      onBlur={dim}
      onPointerEnter={light}
      onPointerLeave={dim}
    >
      {children}
    </button>
  );
}

/** And back: what speaks of a region that was clicked in the image comes into view. */
export function bringIntoView(id: string): void {
  document
    .querySelector(`.desk-side [data-region="${CSS.escape(id)}"]`)
    ?.scrollIntoView({ block: "nearest" });
}

/** A button that leads to a region of the image, and is marked while that region is chosen there. */
import type { ComponentChildren } from "preact";
import type { ViewerHandle } from "../viewer/handle";

interface Props {
  id: string;
  viewer: ViewerHandle;
  chosen: string | null;
  children: ComponentChildren;
}

export function ToRegion({ id, viewer, chosen, children }: Props) {
  return (
    <button
      type="button"
      class="to-region"
      data-region={id}
      aria-pressed={chosen === id}
      onClick={() => viewer.showRegion(id)}
    >
      {children}
    </button>
  );
}

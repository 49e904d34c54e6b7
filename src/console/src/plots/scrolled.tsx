/** What is larger than its place: it scrolls, by the keyboard too. */
import type { ComponentChildren } from "preact";
import "./scrolled.css";

export function Scrolled({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by its focus
    <section class="scrolled" tabIndex={0} aria-label={name}>
      {children}
    </section>
  );
}

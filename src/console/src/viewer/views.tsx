/** The views that one file holds, each a scan of its own: which this one is, and a way to the others. */
import { useLocation } from "preact-iso";
import type { components } from "../api/schema";
import { keyOf, useKeys } from "../keys";
import { t } from "../text";
import "./keys";
import { carry } from "./carried";
import type { Look } from "./look";

type View = components["schemas"]["SideView"];

interface Props {
  scan: string;
  views: readonly View[];
  /** How this one is looked at: the next one is looked at in the same way. */
  look: () => Look | null;
}

export function Views({ scan, views, look }: Props) {
  const { route } = useLocation();
  const here = views.findIndex((view) => view.scan === scan);
  const next = here < 0 ? undefined : views[(here + 1) % views.length];
  const several = views.length > 1 && next !== undefined;
  const go = (to: string) => {
    carry(to, look());
    route(addressOf(to));
  };
  useKeys(several ? { "viewer.next_view": () => go(next.scan) } : {});
  if (!several) return null;
  return (
    <nav class="views" aria-label={t("viewer.views")}>
      <span>{t("viewer.view_of", { number: here + 1, count: views.length })}</span>
      {views.map((view) => (
        <a
          key={view.scan}
          href={addressOf(view.scan)}
          aria-current={view.scan === scan ? "page" : undefined}
          onClick={() => carry(view.scan, look())}
        >
          {view.view}
        </a>
      ))}
      <button type="button" title={t("viewer.next_view_long")} onClick={() => go(next.scan)}>
        {t("viewer.next_view")} <kbd>{keyOf("viewer.next_view")}</kbd>
      </button>
    </nav>
  );
}

/** What was asked of this page, the list it was opened from above all, goes along; a comparison does not. */
function addressOf(scan: string): string {
  const asked = new URLSearchParams(window.location.search);
  asked.delete("with");
  return `/console/scans/${scan}${asked.size ? `?${asked}` : ""}`;
}

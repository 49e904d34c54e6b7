/** Where the work of a person begins: their one page, or the choice of those that their roles have. */

import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { isOpen, WAYS } from "../parts/header";
import { type Role, session } from "../session";
import { t } from "../text";
import "./start.css";

/** The page at which each role works, also where it has others. */
const FIRST: Record<Role, string> = {
  operator: "/console/desk",
  targeting_officer: "/console/queue",
  inspector: "/console/board",
  contact_point: "/console/referrals",
  model_steward: "/console/models",
  auditor: "/console/audit",
  administrator: "/console/dashboard",
};

export default function Start() {
  const { route } = useLocation();
  const roles = session.value?.roles ?? [];
  const ways = WAYS.filter(isOpen);
  const [only] = roles;
  const first =
    roles.length === 1 && only ? (ways.find(({ path }) => path === FIRST[only]) ?? ways[0]) : undefined;
  useEffect(() => {
    if (first) route(first.path, true);
  }, [first, route]);
  if (first) return null;
  return (
    <div class="start">
      <h1>{t("start.title")}</h1>
      <ul class="ways">
        {ways.map((way) => (
          <li key={way.path}>
            <a href={way.path}>{t(way.text)}</a>
            <span class="quiet">{t(`start.of_${way.path.slice("/console/".length)}`)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where the work of a person begins: their one page, or the choice of those that their roles have. */

import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { isOpen, WAYS } from "../parts/header";
import { session } from "../session";
import { t } from "../text";
import "./start.css";

export default function Start() {
  const { route } = useLocation();
  const roles = session.value?.roles ?? [];
  const ways = WAYS.filter(isOpen);
  const [only] = roles;
  const first =
    roles.length === 1 && only ? (ways.find((way) => way.first_of?.includes(only)) ?? ways[0]) : undefined;
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

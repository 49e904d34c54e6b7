/** A crossing point as it happens: for the desk, and for the wall. */

import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, dataOf } from "../api/client";
import "../board/board.css";
import { CrossingPoints } from "../board/crossing_points";
import { SiteBoard } from "../board/site_board";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { t } from "../text";

export default function Board() {
  const { query } = useLocation();
  return query.site ? <SiteBoard key={query.site} site={query.site} /> : <ChooseSite />;
}

const addressOf = (site: string): string => `/console/board?site=${encodeURIComponent(site)}`;

function ChooseSite() {
  const { route } = useLocation();
  const [named, setNamed] = useState("");
  const sites = useLoaded((signal) => api.GET("/v1/sites", { signal }).then(dataOf), []);
  return (
    <div class="choose-site">
      <h1>{t("board.choose")}</h1>
      <Shown of={sites}>
        {(data) =>
          data.sites.length ? (
            <ul class="sites">
              {data.sites.map((site) => (
                <li key={site}>
                  <a href={addressOf(site)}>{site}</a>
                </li>
              ))}
            </ul>
          ) : (
            <Empty>{t("board.no_sites")}</Empty>
          )
        }
      </Shown>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (named.trim()) route(addressOf(named.trim()));
        }}
      >
        <label>
          {t("board.other_site")}{" "}
          <input value={named} maxLength={80} onInput={(event) => setNamed(event.currentTarget.value)} />
        </label>{" "}
        <button type="submit">{t("board.open_board")}</button>
      </form>
      <CrossingPoints />
    </div>
  );
}

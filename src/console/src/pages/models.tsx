/** The models: what they are worth, whether they are calibrated here, whether anything drifts, and the labels. */
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, dataOf } from "../api/client";
import { keyOf, useKeys } from "../keys";
import "../models/keys";
import { useLoaded } from "../load";
import { Card } from "../models/card";
import { Drift } from "../models/drift";
import { Here } from "../models/here";
import { Labels } from "../models/labels";
import { Leaderboard } from "../models/leaderboard";
import type { ModelList } from "../models/parts";
import { Empty, Shown } from "../parts/states";
import { t } from "../text";
import "../models/models.css";

const VIEWS = ["card", "here", "drift", "labels"] as const;
type View = (typeof VIEWS)[number];

const address = (view: View): string =>
  view === "card" ? "/console/models" : `/console/models?view=${view}`;

export default function Models() {
  const { query, route } = useLocation();
  const view = VIEWS.find((each) => each === query.view) ?? "card";
  const list = useLoaded(async (signal) => dataOf(await api.GET("/v1/models", { signal })), []);
  useKeys(Object.fromEntries(VIEWS.map((each) => [`models.${each}`, () => route(address(each))])));
  useEffect(() => {
    document.title = `${t("models.title")} · Tallyscan`;
  });
  return (
    <div class="models">
      <h1>{t("models.title")}</h1>
      <nav class="views" aria-label={t("models.views")}>
        {VIEWS.map((each) => (
          <a key={each} href={address(each)} aria-current={each === view ? "page" : undefined}>
            {t(`models.view_${each}`)} <kbd>{keyOf(`models.${each}`)}</kbd>
          </a>
        ))}
      </nav>
      {view === "drift" && <Drift />}
      {view === "labels" && <Labels />}
      {view === "here" && <Shown of={list}>{(found) => <Here list={found} />}</Shown>}
      {view === "card" && <Shown of={list}>{(found) => <Cards list={found} asked={query.model} />}</Shown>}
    </div>
  );
}

function Cards({ list, asked }: { list: ModelList; asked: string | undefined }) {
  const model =
    list.models.find((each) => each.folder === asked) ??
    list.models.find((each) => each.in_use) ??
    list.models[0];
  if (!model) return <Empty>{t("models.none")}</Empty>;
  return (
    <>
      <Leaderboard list={list} chosen={model.folder} />
      <Card key={model.folder} model={model} />
    </>
  );
}

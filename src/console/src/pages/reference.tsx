/** The reference library, searched by family, goods and words; with a scan in the address, what stands beside that. */
import { useEffect, useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, dataOf } from "../api/client";
import { useLoaded } from "../load";
import { Empty, Shown } from "../parts/states";
import { BesideScan } from "../related/beside";
import { Found, ScanLine } from "../related/parts";
import { t, time, word } from "../text";
import "../related/related.css";

const PAGE = 50;

export default function Reference() {
  const scan = useRoute().params.scan;
  return scan ? <BesideScan key={scan} scan={scan} /> : <Library />;
}

function Library() {
  const { query, route } = useLocation();
  const { family, hs = "", words = "" } = query;
  const offset = Number(query.offset ?? 0) || 0;
  const found = useLoaded(
    async (signal) =>
      dataOf(
        await api.GET("/v1/reference", {
          signal,
          params: {
            query: {
              words,
              limit: PAGE,
              offset,
              ...(family === undefined ? {} : { family }),
              ...(/^\d{1,10}$/.test(hs) ? { hs } : {}),
            },
          },
        }),
      ),
    [family, hs, words, offset],
  );
  /** The question stays in the address, so that it can be sent on and gone back to. */
  const ask = (asked: Record<string, string | undefined>) => {
    const next = new URLSearchParams();
    for (const [name, value] of Object.entries({ family, hs, words, ...asked }))
      if (value !== undefined && (value !== "" || name === "family")) next.set(name, value);
    route(`/console/reference?${next}`);
  };
  useEffect(() => {
    document.title = `${t("reference.title")} · Tallyscan`;
  });
  return (
    <div class="reference related">
      <h1>{t("reference.title")}</h1>
      <p class="quiet">{t("reference.what")}</p>
      <Search key={`${hs} ${words}`} hs={hs} words={words} onAsk={ask} />
      <Shown of={found}>
        {(library) => (
          <>
            <nav class="families" aria-label={t("reference.families")}>
              <button
                type="button"
                aria-pressed={family === undefined}
                onClick={() => ask({ family: undefined })}
              >
                {t("reference.all_families")}
              </button>
              {Object.entries(library.families).map(([name, count]) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={family === name}
                  onClick={() => ask({ family: name })}
                >
                  {name ? word("families", name) : t("related.unnamed_family")} {count}
                </button>
              ))}
            </nav>
            <p role="status">{t("reference.found", { count: library.total })}</p>
            {library.finds.length === 0 && <Empty>{t("reference.none")}</Empty>}
            <ul>
              {library.finds.map((find) => (
                <ScanLine key={find.scan.scan} scan={find.scan}>
                  <Found find={find} />
                  <p class="quiet">{t("reference.found_at", { at: time(find.at) })}</p>
                </ScanLine>
              ))}
            </ul>
            <p class="pages">
              {offset > 0 && (
                <button type="button" onClick={() => ask({ offset: String(Math.max(0, offset - PAGE)) })}>
                  {t("reference.newer")}
                </button>
              )}
              {offset + library.finds.length < library.total && (
                <button type="button" onClick={() => ask({ offset: String(offset + PAGE) })}>
                  {t("reference.older")}
                </button>
              )}
            </p>
          </>
        )}
      </Shown>
    </div>
  );
}

interface SearchProps {
  hs: string;
  words: string;
  onAsk: (asked: { hs: string; words: string }) => void;
}

function Search({ hs, words, onAsk }: SearchProps) {
  const [code, setCode] = useState(hs);
  const [said, setSaid] = useState(words);
  return (
    <form
      class="search"
      aria-label={t("reference.search")}
      onSubmit={(event) => {
        event.preventDefault();
        onAsk({ hs: code.trim(), words: said.trim() });
      }}
    >
      <label>
        {t("reference.words")}{" "}
        <input
          type="search"
          value={said}
          maxLength={200}
          onInput={(event) => setSaid(event.currentTarget.value)}
        />
      </label>
      <label>
        {t("reference.hs")}{" "}
        <input
          value={code}
          size={10}
          pattern="\d{1,10}"
          title={t("reference.hs_form")}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="main">
        {t("reference.search")}
      </button>
    </form>
  );
}

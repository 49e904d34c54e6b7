/** Every fact that the stage knows, to be searched and put into the expression. */
import { useState } from "preact/hooks";
import { Scrolled } from "../plots/scrolled";
import { t } from "../text";
import { asked, type Fact } from "./complete";

export function FactsList({ facts, insert }: { facts: readonly Fact[]; insert: (text: string) => void }) {
  const [wanted, setWanted] = useState("");
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = facts.filter((fact) => {
    const text = `${fact.path} ${fact.type} ${fact.meaning} ${fact.values.join(" ")}`.toLowerCase();
    return !fact.has_more && words.every((word) => text.includes(word));
  });
  return (
    <section class="panel facts" aria-label={t("profiles.facts")}>
      <h2>{t("profiles.facts")}</h2>
      <label>
        <span class="unseen">{t("profiles.search_facts")}</span>
        <input
          type="search"
          placeholder={t("profiles.search_facts")}
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </label>
      <Scrolled name={t("profiles.facts")}>
        <ul>
          {found.map((fact) => (
            <li key={fact.path}>
              <button type="button" title={t("profiles.insert")} onClick={() => insert(asked(fact))}>
                <code>{fact.path}</code>
              </button>
              <span class="type">{fact.type}</span>
              <small>
                {fact.meaning}
                {fact.values.length > 0 && ` (${fact.values.join(", ")})`}
              </small>
            </li>
          ))}
        </ul>
      </Scrolled>
    </section>
  );
}

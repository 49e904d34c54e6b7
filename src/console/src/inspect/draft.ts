/** What is being entered, as the device keeps it: a closed tab or an empty battery loses nothing. */
import { get, set } from "idb-keyval";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Draft, EMPTY } from "./result";

export type Change = (draft: Draft) => void;

export function useDraft(consignment: string): [Draft | null, Change] {
  const [draft, setDraft] = useState<Draft | null>(null);
  const key = useMemo(() => `tallyscan.control ${consignment}`, [consignment]);
  useEffect(() => {
    let here = true;
    void get<Draft>(key)
      .catch(() => undefined)
      .then((found) => here && setDraft({ ...EMPTY, ...found }));
    return () => {
      here = false;
    };
  }, [key]);
  const change = (changed: Draft) => {
    setDraft(changed);
    void set(key, changed).catch(() => undefined);
  };
  return [draft, change];
}

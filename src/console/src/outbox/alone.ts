/** One at a time among all tabs of this browser. */
import { newId } from "../desk/identity";

export type Alone = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/** Longer than any request; held anew as long as the work lasts. A closed tab gives it back by that. */
const LEASE_MS = 20_000;
const SETTLE_MS = 30;

/** By the browser's locks. A page over plain HTTP has none: there by a lease that all tabs see. */
export function aloneBy(locks: Pick<LockManager, "request"> | undefined, storage: Storage): Alone {
  if (!locks) return (name, work) => leased(`tallyscan.lease ${name}`, work, storage);
  return async (name, work) => locks.request(name, work);
}

async function leased<Result>(key: string, work: () => Promise<Result>, storage: Storage): Promise<Result> {
  const mine = newId();
  const holder = () => {
    const [id, until] = (storage.getItem(key) ?? "").split(" ");
    return Number(until) > Date.now() ? id : null;
  };
  const hold = () => storage.setItem(key, `${mine} ${Date.now() + LEASE_MS}`);
  try {
    while (holder() !== mine) {
      if (!holder()) hold();
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS)); // who wrote last has it
    }
  } catch {
    return work(); // this browser keeps nothing: no other tab has what is sent here
  }
  const holding = setInterval(hold, LEASE_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(holding);
    if (holder() === mine) storage.removeItem(key);
  }
}

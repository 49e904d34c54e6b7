/** What the service answered. A network that asks to sign in, or a gateway before the service, answers in JSON too, and
 * with whatever status: that is no answer, and nobody knows whether the service heard anything. */
import { OFFLINE, type Problem, problemOf } from "../api/client";
import type { Part } from "./entry";

/** Throws the service's `Problem`; as without a connection where it was not the service that answered. */
export async function heard({ body }: Part, answer: Response): Promise<unknown> {
  const said: unknown = await answer.json().catch(() => null);
  if (answer.ok && isOf(body, said)) return said;
  const refuses = answer.headers.get("Content-Type")?.startsWith("application/problem+json");
  if (!answer.ok && refuses && said !== null) throw { ...problemOf(said), status: answer.status };
  throw { status: OFFLINE, title: "offline", detail: "" } satisfies Problem;
}

interface Said {
  id?: string;
  consignments?: { consignment: string }[];
  answers?: { consignment: string }[];
}

/** On record is what has the id that was sent; of many consignments each is answered by itself. */
function isOf(sent: Said, said: unknown): boolean {
  const { id, answers } = (said ?? {}) as Said;
  if (!sent.consignments) return id === sent.id;
  if (!Array.isArray(answers)) return false;
  const answered = new Set(answers.map((each) => each?.consignment));
  return sent.consignments.every(({ consignment }) => answered.has(consignment));
}

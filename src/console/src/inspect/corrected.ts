/** What is sent of a control result where other words are on record under its id: then they arrived, though no answer
 * came, and were changed since. */
import { api, dataOf, problemOf } from "../api/client";
import { newId } from "../desk/identity";
import type { Entry, Part } from "../outbox/entry";

/** The part as a correction of what is on record; null where nothing is on record under its id. Throws a `Problem`. */
export async function corrected({ about }: Entry, part: Part): Promise<Part | null> {
  const { id } = part.body;
  const onRecord = await idsOnRecord(part.url, about[0] ?? "").catch((error) => {
    throw problemOf(error);
  });
  if (!onRecord.includes(id)) return null;
  return { url: part.url, body: { ...part.body, id: newId(), corrects: id } as Part["body"] };
}

async function idsOnRecord(url: string, consignment: string): Promise<string[]> {
  const [, scan] = /^\/v1\/scans\/([^/]+)\/inspections$/.exec(url) ?? [];
  if (scan) {
    const params = { path: { scan_id: decodeURIComponent(scan) } };
    return dataOf(await api.GET("/v1/scans/{scan_id}/inspections", { params })).inspections.map(
      ({ id }) => id,
    );
  }
  const params = { path: { consignment } };
  const came = dataOf(await api.GET("/v1/consignments/{consignment}/incoming", { params }));
  return came.control_results.map(({ id }) => id);
}

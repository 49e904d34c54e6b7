/** A scan as the viewer gets it while it is read blind: nothing of its reading is asked for, so nothing can be seen. */
import type { ScanDocument } from "../viewer/regions";
import type { DeskScan } from "./types";

export const pendingScan = (id: string): ScanDocument => hiddenScan({ scan: id, name: "", revision: 0 });

export function hiddenScan(scan: Pick<DeskScan, "scan" | "name" | "revision">): ScanDocument {
  const links = {
    self: `/v1/scans/${scan.scan}`,
    picture: null,
    expected: null,
    report: null,
    risk_record: null,
  };
  return {
    id: scan.scan,
    scan: scan.scan,
    name: scan.name,
    revision: scan.revision,
    status: null,
    reason: null,
    previous: null,
    links: { ...links, joins: "" },
  } as unknown as ScanDocument;
}

/** What a page is called in the tab of the browser and by a screen reader. */
import { t } from "../text";

/** Pages that no way in the header leads to. */
const OTHERS = [
  { path: "/console/scans", text: "board.scan" },
  { path: "/console/consignments", text: "audit.consignment" },
  { path: "/console/sheets", text: "referrals.sheet" },
  { path: "/console/control", text: "control.title" },
  { path: "/console/account", text: "account.title" },
  { path: "/console/sign-in", text: "sign_in.title_accounts" },
  { path: "/console/set-password", text: "password.title" },
];

/** `Queue - Tallyscan`, `Scan 7f3a - Tallyscan`; `Tallyscan` alone at the start and where no page is. */
export function titleOf(path: string, ways: readonly { path: string; text: string }[]): string {
  const page = [...ways, ...OTHERS].find((each) => path === each.path || path.startsWith(`${each.path}/`));
  if (!page) return "Tallyscan";
  const of = decodeURIComponent(path.slice(page.path.length + 1));
  return `${[t(page.text), of].filter(Boolean).join(" ")} - Tallyscan`;
}

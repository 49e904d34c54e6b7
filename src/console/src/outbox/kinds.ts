/** What is said in the console and must not be lost: where its form is, how it is worded, what is left of it. */
import type { components } from "../api/schema";
import { corrected } from "../inspect/corrected";
import { type BulkSaid, leftOf } from "../queue/left";
import { t } from "../text";
import type { Entry, Kinds } from "./entry";

type Schemas = components["schemas"];
/** What its last part says. */
const saidIn = <Said>({ parts }: Entry): Said => parts.at(-1)?.body as unknown as Said;
const consignment = ({ about }: Entry): string => encodeURIComponent(about[0] ?? "");

export const KINDS: Kinds = {
  decision: {
    page: ({ about }) => `/console/scans/${about[0]}`,
    words: (entry) => t(`desk.answer_${saidIn<Schemas["DecisionSaid"]>(entry).decision}`),
  },
  disposition: {
    page: (entry) =>
      entry.about.length === 1 ? `/console/consignments/${consignment(entry)}` : "/console/queue",
    words: (entry) => {
      const step = t(`dispose.step_${saidIn<BulkSaid>(entry).disposition}`);
      return entry.about.length === 1 ? step : t("outbox.of_many", { step, count: entry.about.length });
    },
    left: leftOf,
  },
  control: {
    page: (entry) => `/console/control/${consignment(entry)}`,
    words: () => t("control.title"),
    corrected,
  },
  referral: {
    page: () => "/console/referrals",
    words: (entry) => t(`outbox.referral_${saidIn<Schemas["ReferralStepSaid"]>(entry).step}`),
  },
};

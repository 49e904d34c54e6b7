/** The keys of referrals and of the inspection sheet. */
import { declareKeys } from "../keys";

declareKeys({
  "referrals.next": "j",
  "referrals.previous": "k",
  "referrals.answer": "a",
  "referrals.forward": "f",
  "referrals.withdraw": "w",
  "sheet.print": "p",
});

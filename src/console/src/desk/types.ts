/** What the desk is told by the service. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type DeskScan = Schemas["DeskScan"];
export type DeskLine = Schemas["DeskLine"];
export type DeskList = Schemas["DeskList"];
export type DeskChoices = Schemas["DeskChoices"];
export type ReadingShown = Schemas["ReadingShown"];
export type Finding = Schemas["Finding"];
export type Verdict = Schemas["Verdict"];
export type ItemShown = Schemas["ItemShown"];
export type Decision = Schemas["Decision"];
export type DecisionSaid = Schemas["DecisionSaid"];
export type RegionSaid = Schemas["Region"];
export type Answer = DecisionSaid["decision"];
export type Reader = NonNullable<DecisionSaid["reader"]>;
export type Lane = NonNullable<DeskLine["lane"]>;

export const ANSWERS: readonly Answer[] = ["clear", "suspicious", "not_readable", "refer"];
export const LANES: readonly Lane[] = ["red", "not_assessed", "yellow", "green"];
export const READERS: readonly Reader[] = ["first", "second", "third"];

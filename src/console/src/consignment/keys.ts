/** The keys of a consignment; those of dispositions work beside them. */
import { declareKeys } from "../keys";

declareKeys({ "consignment.back": "q" });

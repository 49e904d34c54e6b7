/** The keys of a trail. */
import { declareKeys } from "../keys";

declareKeys({ "audit.check": "c", "audit.json": "j", "audit.csv": "v" });

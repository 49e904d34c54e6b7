/** The keys of the risk profiles. */
import { declareKeys } from "../keys";

declareKeys({ "profiles.new": "n" });

/** The keys of the dashboard. */
import { declareKeys } from "../keys";

declareKeys({ "dashboard.before": "[", "dashboard.after": "]" });

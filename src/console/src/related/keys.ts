/** The keys of the scans beside a scan. */
import { declareKeys } from "../keys";

declareKeys({ "related.next": "Shift+n", "related.previous": "Shift+b", "related.none": "Shift+x" });

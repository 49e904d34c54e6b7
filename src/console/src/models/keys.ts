/** The keys of the pages of models. */
import { declareKeys } from "../keys";

declareKeys({ "models.card": "1", "models.here": "2", "models.drift": "3", "models.labels": "4" });

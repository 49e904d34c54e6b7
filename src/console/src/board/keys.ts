/** The keys of the board of a crossing point. */
import { declareKeys } from "../keys";

declareKeys({ "board.wall": "f", "board.budget": "b" });

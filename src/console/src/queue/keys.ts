/** The keys of the queue, and of dispositions, which have the same on the page of a consignment. */
import { declareKeys } from "../keys";

declareKeys({
  "queue.next": "ArrowDown",
  "queue.before": "ArrowUp",
  "queue.mark": "Space",
  "queue.open": "Enter",
  "queue.mark_all": "a",
  "queue.refresh": "r",
  "queue.search": "/",
});

declareKeys({
  "dispose.open": "o",
  "dispose.second_reading": "s",
  "dispose.rescan": "n",
  "dispose.refer": "f",
  "dispose.release": "l",
  "dispose.undo": "u",
});

/** The keys of the desk. Those of the image are the viewer's; both work on the same page. */
import { declareKeys } from "../keys";

declareKeys({
  "desk.up": "ArrowUp",
  "desk.down": "ArrowDown",
  "desk.next": "n",
  "desk.list": "l",
  "desk.clear": "c",
  "desk.suspicious": "s",
  "desk.not_readable": "u",
  "desk.refer": "r",
  "desk.send": "Ctrl+Enter",
  "desk.confirm": "Shift+c",
  "desk.undo": "Shift+Backspace",
  "desk.comment": "d",
  "desk.label": "Shift+l",
  "desk.take_over": "Shift+t",
});

/** What a lane is called, on every page. */
import { locale, word } from "./text";

export const laneName = (lane: string): string => word("lane", lane);

/** As it stands by itself: on a tile, in a legend. */
export function laneTitle(lane: string): string {
  const name = laneName(lane);
  return name.charAt(0).toLocaleUpperCase(locale()) + name.slice(1);
}

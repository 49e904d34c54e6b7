/** Which keys are alive on the same page: there, one key can do one thing alone. */

const LIST_OF_THE_DESK = ["desk.up", "desk.down", "desk.next", "desk.undo"];

/** By page its parts, and single actions of a part that has others elsewhere. */
const PAGES: Record<string, readonly string[]> = {
  desk: LIST_OF_THE_DESK,
  scan: ["desk", "viewer", "related"],
  queue: ["queue", "dispose"],
  consignment: ["consignment", "dispose"],
  board: ["board"],
  dashboard: ["dashboard"],
  referrals: ["referrals"],
  sheet: ["sheet"],
  models: ["models"],
  profiles: ["profiles"],
  audit: ["audit"],
};
const NOT_ON: Record<string, readonly string[]> = { scan: ["desk.up", "desk.down"] };

export const partOf = (action: string): string => action.slice(0, action.indexOf("."));

export const pagesOf = (action: string): string[] =>
  Object.keys(PAGES).filter(
    (page) =>
      (PAGES[page]?.includes(partOf(action)) || PAGES[page]?.includes(action)) &&
      !NOT_ON[page]?.includes(action),
  );

/** Whether two actions can be meant by one key on some page. */
export const meet = (one: string, other: string): boolean => {
  const pages = pagesOf(other);
  return pagesOf(one).some((page) => pages.includes(page));
};

/** What this phone remembers of the rounds a person began on it, by grid, or by the address of a line's trips; it outlives the page and the browser. */
import { user } from "./queue.js";

const DAY = 86_400_000;
const key = (grid) => `round:${user()}:${grid}`;
export const read = (grid) => JSON.parse(localStorage.getItem(key(grid)) ?? "null");
export const write = (grid, value) => localStorage.setItem(key(grid), JSON.stringify(value));

/** The grids and addresses whose rounds this phone remembers. */
export const remembered = () => Object.keys(localStorage).filter((name) => name.startsWith(key(""))).map((name) => name.slice(key("").length));

/** The round to name in a record: begun here last and not ended, else what the page says, unless that was ended here. */
export function current(told) {
  const mine = remembered().map(read).filter(({ at }) => Date.now() - at < DAY).sort((one, other) => other.at - one.at);
  return mine.find(({ over }) => !over)?.id ?? (mine.some(({ id }) => id === told) ? "" : told);
}

/** Remembers on the phone which round is under way, for when the page is older than the round. */

const key = (grid) => `round:${grid}`;
const read = (grid) => JSON.parse(localStorage.getItem(key(grid)) ?? "null");
const write = (grid, value) => localStorage.setItem(key(grid), JSON.stringify(value));

/** A round was started here. */
export const begun = (grid, id, at = Date.now()) => write(grid, { id, at, over: false });

/** A round was ended here. */
export const ended = (grid, id, at = Date.now()) => write(grid, { id, at, over: true });

/**
 * The round to walk: what the page says, unless the phone knows better because its own record is
 * still unsent or younger than the page.
 */
export function judge({ round, rendered }, mine, items) {
  if (!mine) return round || null;
  const unsent = items.some((item) => item.id === mine.id && !item.acked);
  const younger = mine.at > Date.parse(rendered);
  if (mine.over) return round && round !== mine.id ? round : null;
  if (round === mine.id || unsent || younger) return mine.id;
  return round || null;
}

export const underWay = (dataset, items) => judge(dataset, read(dataset.grid), items);

/** The forms of one kind that still lie in the outbox, as they were filled in. */
export const unsent = (items, kind) =>
  items.filter((item) => item.kind === kind).map((item) => new URLSearchParams(new TextDecoder().decode(item.body)));

/** Remembers on the phone which round is under way, for when the page is older than the round. */

import { read, write } from "./memory.js";

/** A round was started here. */
export const begun = (grid, id, at = Date.now()) => write(grid, { id, at, over: false, seen: {} });

/** A round was ended here. */
export const ended = (grid, id, at = Date.now()) => write(grid, { id, at, over: true });

/** A pause or its end, or a visit with what the server said of it (null: it was refused); the page may be older than either. */
export const turned = (grid, resting, at = Date.now()) => write(grid, { ...read(grid), turn: { resting, at } });
export const saw = (grid, cell, html, at = Date.now()) =>
  write(grid, { ...read(grid), seen: { ...read(grid)?.seen, [cell]: { html, at } } });

/** What this phone knows of round `id` that a page written at `rendered` does not: since when, resting, cells seen. */
export function since({ grid, rendered }, id) {
  const mine = read(grid);
  if (mine?.id !== id) return { seen: [] };
  const younger = ({ at }) => at > Date.parse(rendered);
  return {
    at: mine.at,
    resting: mine.turn && younger(mine.turn) ? mine.turn.resting : undefined,
    seen: Object.entries(mine.seen ?? {}).filter(([, visit]) => visit.html !== null && younger(visit)).map(([cell, { html }]) => [cell, html]),
  };
}

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

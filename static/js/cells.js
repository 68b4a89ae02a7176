/** The list of a walk's cells: each row with its outline, what was done there, and how far off it is. */
import { inOrder, said } from "./spots.js";

const DONE = ["seen", "told"];
const state = (row) => row.querySelector("[data-slot=state]");

/** How far off a cell is, in the page's own words; nothing where that is not known. */
export const away = (metres, { inside, away: words }) =>
  metres === null ? "" : metres === 0 ? inside : words.replace("{d}", said(metres, document.documentElement.lang));

/** The cells of `list`; `outline` gives the rings of a number. */
export function read(list, outline) {
  return [...list.children].map((row) => ({
    id: row.dataset.cell, code: row.dataset.code, number: Number(row.dataset.number), state: row.dataset.place,
    done: DONE.includes(row.dataset.place), at: Date.parse(row.dataset.at) || 0, polygons: outline(row.dataset.number), row,
    turn: Number(row.dataset.turn) || null, leg: Number(row.dataset.leg), first: "first" in row.dataset,
  }));
}

/** Puts the rows in the order to walk, unless a finger or the keyboard is on one. */
export function arrange(list, cells, { spot, here, words }) {
  if (list.contains(document.activeElement)) return;
  const ordered = inOrder(cells, spot);
  for (const cell of ordered) {
    cell.row.querySelector("[data-slot=distance]").value = away(cell.metres, words);
    cell.row.firstElementChild.toggleAttribute("data-here", cell.id === here?.id);
  }
  list.append(...ordered.map(({ row }) => row));
}

/** The numbers of the cells still to be walked, in order. */
export const ahead = (cells, spot) => inOrder(cells, spot).filter(({ turn, done }) => turn && !done).map(({ number }) => number);

/** Shows a cell as visited: as the server answered, or as kept on the phone. */
export function visited(cell, answer) {
  cell.before ??= [cell.done, state(cell.row).innerHTML];
  [cell.done, cell.at] = [true, Date.now()];
  const piece = answer ? new DOMParser().parseFromString(answer, "text/html").querySelector("[data-visit]") : null;
  state(cell.row).replaceChildren(piece ?? document.querySelector("#visit-queued").content.cloneNode(true));
}

/** The server refused it: the cell is as it was. */
export function unvisited(cell) {
  if (cell.before) [cell.done, state(cell.row).innerHTML] = cell.before;
}

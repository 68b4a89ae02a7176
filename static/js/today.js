/** Today as the phone knows it: a round started or ended here is shown before the server has heard of it. */
import { underWay } from "./going.js";
import left from "./left.js";
import { read, remembered } from "./memory.js";
import { all } from "./queue.js";

export default async function today(list) {
  left(list);
  const card = document.querySelector("[data-going]");
  const items = await all();
  for (const grid of remembered()) {
    const page = { grid, round: card?.dataset.going ?? "", rendered: list.dataset.rendered };
    const round = underWay(page, items);
    if (card && round !== page.round) card.hidden = true;
    if (!round || round !== read(grid).id) continue;
    const walk = grid[0] === "/" ? grid : `/rounds/new?grid=${grid}`; // kept on the phone; the address of the round itself is not
    if (card && round === page.round) card.querySelector("a").href = walk;
    for (const start of list.querySelectorAll(`a.button[href="${walk}"]`)) start.lastChild.textContent = list.dataset.goOn;
  }
}

/** The suggested walk as it goes on: what is left of it, leg by leg, wherever somebody begins or turns off. */

/** From the cell done last, on and round; before any is done, from the one marked `first`, else from the nearest. */
function left(leg) {
  const last = leg.filter(({ done }) => done).sort((one, other) => one.at - other.at).at(-1);
  const near = leg.reduce((best, cell) => (cell.metres < best.metres ? cell : best), leg[0]);
  const start = last ? leg.indexOf(last) + 1 : leg.indexOf(leg.find(({ first }) => first) ?? near);
  return [...leg.slice(start), ...leg.slice(0, start)].filter(({ done }) => !done);
}

/** The cells still to be walked, in order; `turn` and `leg` are the server's, `at` is when one was done, in epoch ms. */
export default function onward(cells) {
  const asked = cells.filter(({ turn }) => turn).sort((one, other) => one.turn - other.turn);
  const legs = [...new Set(asked.map(({ leg }) => leg))];
  return legs.flatMap((number) => left(asked.filter(({ leg }) => leg === number)));
}

import assert from "node:assert/strict";
import test from "node:test";

import { through, walked } from "../../static/js/spots.js";
import { stepped } from "../../static/js/stretch.js";

const EAST = 0.0010925; // about 100 m in Zhengzhou
const NORTH = 0.0009015;
const QUARTER = 15 * 60_000;
const spot = (east, north, at = 0, accuracy = 8) => ({ lon: 113.66 + east * EAST, lat: 34.78 + north * NORTH, at, accuracy });
const square = (east, north) =>
  [[[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]].map(([x, y]) => [113.66 + (east + x) * EAST, 34.78 + (north + y) * NORTH])]];
const cells = [0, 1, 2, 3].map((east) => ({ id: `c${east}`, polygons: square(east, 0) }));
const ids = (found) => found.map(({ id }) => id);

/** Numbers that look random and are the same each time. */
function* dice(seed) {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

test("a step leads through every cell between its ends", () => {
  assert.deepEqual(ids(stepped(cells, spot(0.5, 0.5), spot(2.5, 0.4, 30_000))), ["c0", "c1", "c2"]);
  assert.deepEqual(ids(stepped(cells, spot(1.5, -2), spot(1.5, 2, 30_000))), ["c1"]);
});

test("after a gap, a jump or a pause only where one stands is known", () => {
  assert.deepEqual(ids(stepped(cells, spot(0.5, 0.5), spot(2.5, 0.5, 91_000))), ["c2"]);
  assert.deepEqual(ids(stepped(cells, spot(0.5, 0.5), spot(2.5, 0.5, 1_000))), ["c2"]);
  assert.deepEqual(ids(stepped(cells, spot(0.5, 0.5), { ...spot(2.5, 0.5, 30_000), gap: true })), ["c2"]);
  assert.deepEqual(ids(stepped(cells, null, spot(2.5, 0.5, 1_000))), ["c2"]);
});

test("a position that may be anywhere is in no cell", () => {
  assert.deepEqual(stepped(cells, spot(0.5, 0.5), spot(1.5, 0.5, 30_000, 51)), []);
  assert.deepEqual(stepped(cells, null, spot(1.5, 0.5, 0, NaN)), []);
});

test("a way runs through a cell when a point of it lies inside", () => {
  const roll = dice(7);
  const next = () => spot(roll.next().value * 6 - 1, roll.next().value * 4 - 1);
  for (let trial = 0; trial < 400; trial += 1) {
    const [from, to] = [next(), next()];
    const along = Array.from({ length: 401 }, (_, at) => ({ lon: from.lon + ((to.lon - from.lon) * at) / 400, lat: from.lat + ((to.lat - from.lat) * at) / 400 }));
    for (const { polygons } of cells) {
      const touched = along.some((point) => through(polygons, point, point));
      if (touched) assert.ok(through(polygons, from, to));
    }
  }
});

test("this stretch is exactly what was walked in the quarter of an hour before", () => {
  const roll = dice(11);
  for (let trial = 0; trial < 300; trial += 1) {
    const now = 10 * QUARTER;
    const seen = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`c${at}`, Math.round(now + (roll.next().value - 0.7) * 2 * QUARTER)]));
    const expected = Object.keys(seen).filter((id) => seen[id] <= now && seen[id] >= now - QUARTER);
    assert.deepEqual([...walked(seen, now)].sort(), expected.sort());
  }
});

import assert from "node:assert/strict";
import test from "node:test";

import { cellAt, elapsed, inOrder, inside, metres, metresTo, said, walked } from "../../static/js/spots.js";

const EAST = 0.0010925; // about 100 m in Zhengzhou
const NORTH = 0.0009015;
const spot = (east, north, accuracy = 8) => ({ lon: 113.66 + east * EAST, lat: 34.78 + north * NORTH, accuracy });
const ring = (...corners) => corners.map(([east, north]) => [113.66 + east * EAST, 34.78 + north * NORTH]);
const square = (east, north) =>
  [[ring([east, north], [east + 1, north], [east + 1, north + 1], [east, north + 1], [east, north])]];
const cell = (number, east, north, state = "overdue") => ({ id: `c${number}`, number, state, polygons: square(east, north) });

test("a spot is inside its square and no other", () => {
  assert.ok(inside(square(0, 0), spot(0.5, 0.5)));
  assert.ok(!inside(square(0, 0), spot(1.5, 0.5)));
});

test("a hole is not inside, nor is the bay of a horseshoe", () => {
  const holed = [[...square(0, 0)[0], ring([0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4])]];
  const shoe = [[ring([0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0])]];

  assert.ok(!inside(holed, spot(0.5, 0.5)));
  assert.ok(inside(holed, spot(0.2, 0.5)));
  assert.ok(!inside(shoe, spot(1.5, 2)));
  assert.ok(inside(shoe, spot(1.5, 0.5)));
});

test("a second part of a cell counts too", () => {
  assert.ok(inside([...square(0, 0), ...square(5, 5)], spot(5.5, 5.5)));
});

test("cells that share a border never both hold a spot", () => {
  for (let at = 0; at <= 20; at++) {
    const on = spot(1, at / 20);
    assert.ok(!(inside(square(0, 0), on) && inside(square(1, 0), on)));
  }
});

test("distances are those of the ground", () => {
  assert.ok(Math.abs(metres(spot(0, 0), spot(1, 0)) - 100) < 0.5);
  assert.ok(Math.abs(metresTo(square(0, 0), spot(3, 0.5)) - 200) < 1);
  assert.ok(Math.abs(metresTo(square(0, 0), spot(2, 2)) - Math.hypot(100, 100)) < 1);
  assert.equal(metresTo(square(0, 0), spot(0.5, 0.5)), 0);
});

test("only a good position names a cell", () => {
  const cells = [cell(1, 0, 0), cell(2, 1, 0)];
  assert.equal(cellAt(cells, spot(1.5, 0.5)).number, 2);
  assert.equal(cellAt(cells, spot(1.5, 0.5, 51)), undefined);
  assert.equal(cellAt(cells, spot(1.5, 0.5, NaN)), undefined);
  assert.equal(cellAt(cells, spot(7, 7)), undefined);
});

test("what is due comes before what is not, then the nearest", () => {
  const cells = [cell(1, 0, 0, "fresh"), cell(2, 5, 0), cell(3, 2, 0, "due_soon"), { ...cell(4, 1, 0), done: true }];
  assert.deepEqual(inOrder(cells, spot(0.5, 0.5)).map(({ number }) => number), [3, 2, 1, 4]);
  assert.equal(inOrder(cells, spot(0.5, 0.5))[2].metres, 0);
});

test("without a position what is most urgent comes first, then by number", () => {
  const cells = [cell(3, 0, 0), cell(1, 5, 0, "due_soon"), cell(2, 2, 0)];
  assert.deepEqual(inOrder(cells, null).map(({ number }) => number), [2, 3, 1]);
});

test("the last stretch is what was walked within a quarter of an hour", () => {
  const minute = 60_000;
  const seen = { old: 0, edge: 5 * minute, recent: 12 * minute, later: 21 * minute };
  assert.deepEqual(walked(seen, 20 * minute), ["edge", "recent"]);
});

test("distances are said no finer than a phone knows them", () => {
  assert.equal(said(8.4, "zh-Hans-CN"), "8米");
  assert.equal(said(83, "zh-Hans-CN"), "85米");
  assert.equal(said(324, "en"), "320 m");
  assert.equal(said(1260, "en"), "1.3 km");
});

test("the clock of a round counts hours and minutes", () => {
  assert.equal(elapsed(0, 42 * 60_000), "00:42");
  assert.equal(elapsed(0, (11 * 60 + 5) * 60_000), "11:05");
  assert.equal(elapsed(5000, 0), "00:00");
});

test("the walk suggested goes before everything else, and is not turned by what lies nearer", () => {
  const turned = (number, east, turn, leg = 1) => ({ ...cell(number, east, 0), turn, leg });
  const cells = [turned(1, 0, 1), turned(2, 9, 2), turned(3, 3, 3), cell(4, 1, 0), turned(5, 2, 4, 2)];
  assert.deepEqual(inOrder(cells, spot(0.5, 0.5)).map(({ number }) => number), [1, 2, 3, 5, 4]);
});

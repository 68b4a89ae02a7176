import assert from "node:assert/strict";
import test from "node:test";

import { fields, nextBatch, pointOf, stands, worth } from "../../static/js/points.js";

const NOON = 1_763_697_600_000;
const point = (seconds, metresEast = 0, more = {}) => ({
  lon: 113.66 + metresEast / 91_434, lat: 34.78, accuracy: 8, at: NOON + seconds * 1000, number: seconds, ...more,
});
const kept = (count) => Array.from({ length: count }, (_, at) => ({ ...point(at * 10, at * 10), id: at + 1, number: at }));

/** What the recorder does with a batch: the last point stays behind. */
const after = (points, batch) => [
  { ...batch.at(-1), sent: true, gap: false }, ...points.filter(({ id }) => !batch.some((gone) => gone.id === id)),
];

test("a position becomes a point", () => {
  const position = { coords: { longitude: 113.66, latitude: 34.78, accuracy: 8.4 }, timestamp: NOON + 0.4 };
  assert.deepEqual(pointOf(position), { lon: 113.66, lat: 34.78, accuracy: 8, at: NOON });
});

test("a point is kept for moving, or for a heartbeat", () => {
  const last = point(0);
  assert.ok(worth(null, last));
  assert.ok(worth(last, point(5, 9)));
  assert.ok(!worth(last, point(5, 7)));
  assert.ok(!worth(last, point(5, 9, { accuracy: 30 })));
  assert.ok(worth(last, point(30, 0)));
});

test("blind, impossible and backward points are dropped", () => {
  const last = point(0);
  assert.ok(!worth(last, point(30, 20, { accuracy: 51 })));
  assert.ok(!worth(last, point(30, 20, { accuracy: NaN })));
  assert.ok(!worth(last, point(5, 210)));
  assert.ok(!worth(last, point(-5, 20)));
  assert.ok(!worth(last, point(0, 20)));
});

test("three minutes without a move is standing", () => {
  assert.ok(!stands(null, NOON));
  assert.ok(!stands(point(0), NOON + 179_000));
  assert.ok(stands(point(0), NOON + 180_000));
});

test("batches hold at most 200 points and every step once", () => {
  let points = kept(450);
  const steps = [];
  for (let batch; (batch = nextBatch(points)); points = after(points, batch)) {
    assert.ok(batch.length <= 200);
    batch.slice(1).forEach((end, at) => steps.push(`${batch[at].number}-${end.number}`));
  }
  assert.deepEqual(steps, kept(450).slice(1).map(({ number }) => `${number - 1}-${number}`));
  assert.equal(nextBatch(points), null);
});

test("numbers of first points are never the same", () => {
  let points = [];
  const firsts = [];
  for (const more of kept(6)) {
    points = [...points, more];
    const batch = nextBatch(points);
    if (batch) { firsts.push(batch[0].number); points = after(points, batch); }
  }
  assert.deepEqual(firsts, [0, 1, 2, 3, 4]);
});

test("a gap is never bridged by a batch", () => {
  const points = [
    { ...point(0), id: 1, sent: true }, { ...point(600, 900), id: 2, gap: true }, { ...point(610, 910), id: 3 },
  ];
  assert.deepEqual(nextBatch(points).map(({ id }) => id), [2, 3]);
  assert.equal(nextBatch(points.slice(0, 2)), null);
});

test("a batch named before a crash is the same batch again", () => {
  const points = kept(5).map((each, at) => (at < 3 ? { ...each, item: "a" } : each));
  assert.deepEqual(nextBatch(points).map(({ id }) => id), [1, 2, 3]);
});

test("a batch travels as plain words", () => {
  const batch = [point(0), point(10.5, 9), point(700, 300, { gap: true })];
  const told = Object.fromEntries(fields(batch));
  assert.equal(told.first, "0");
  assert.equal(told.from_at, new Date(NOON).toISOString());
  assert.equal(told.points, "113.660000_34.780000_8_0 113.660098_34.780000_8_10.5 - 113.663281_34.780000_8_700");
  assert.equal(encodeURIComponent(told.points).replaceAll("%20", " "), told.points);
});

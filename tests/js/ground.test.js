import assert from "node:assert/strict";
import test from "node:test";

import { clamped, plane, rings, zoomed } from "../../static/js/ground.js";

const WHOLE = [0, 0, 600, 400];

test("a drawing turns back into rings, holes and all", () => {
  assert.deepEqual(rings("M10 20l100 0 0 100 -100 0zM40 50l20 0 0 20z"), [
    [[10, 20], [110, 20], [110, 120], [10, 120], [10, 20]],
    [[40, 50], [60, 50], [60, 70], [40, 50]],
  ]);
});

test("steps without a space before a minus are read too", () => {
  assert.deepEqual(rings("M0 0l5-5 5 5z"), [[[0, 0], [5, -5], [10, 0], [0, 0]]]);
});

test("the ground and the drawing turn into one another", () => {
  const { out, onto } = plane({ lon: "113.66", lat: "34.78", east: "91434.5" });
  const [lon, lat] = out([250, 120]);
  const [x, y] = onto({ lon, lat });
  assert.ok(Math.abs(x - 250) < 1e-6 && Math.abs(y - 120) < 1e-6);
});

test("zooming keeps the middle and never leaves the sheet", () => {
  assert.deepEqual(zoomed(WHOLE, 0.5, WHOLE), [150, 100, 300, 200]);
  assert.deepEqual(zoomed([0, 0, 300, 200], 4, WHOLE), WHOLE);
  assert.equal(zoomed([0, 0, 130, 86.7], 0.1, WHOLE)[2], 120);
  assert.deepEqual(clamped([500, -50, 300, 200], WHOLE), [300, 0, 300, 200]);
});

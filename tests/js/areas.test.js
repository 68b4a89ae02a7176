import assert from "node:assert/strict";
import test from "node:test";

import { boxOf, holds } from "../../static/js/areas.js";

const square = (west, north, size) => Float64Array.from([
  west, north, west + size, north, west + size, north + size, west, north + size, west, north,
]);

test("a box encloses all rings", () => {
  assert.deepEqual(boxOf([square(0, 0, 2), square(5, -3, 1)]), [0, -3, 6, 2]);
});

test("a place is held by one of several parts, not between them", () => {
  const parts = [square(0, 0, 2), square(5, 0, 2)];
  assert.equal(holds(parts, 1, 1), true);
  assert.equal(holds(parts, 6, 1), true);
  assert.equal(holds(parts, 3, 1), false);
});

test("a hole is not held, its rim is", () => {
  const ring = [square(0, 0, 3), square(1, 1, 1)];
  assert.equal(holds(ring, 1.5, 1.5), false);
  assert.equal(holds(ring, 0.5, 0.5), true);
});

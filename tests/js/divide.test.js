import assert from "node:assert/strict";
import { test } from "node:test";
import { added, points, undone } from "../../static/js/divide.js";

test("a line as it is typed is read as the server reads it", () => {
  assert.deepEqual(points("113.661,34.762  113.668，34.761；113.67,34.76"), [[34.762, 113.661], [34.761, 113.668], [34.76, 113.67]]);
});

test("what is no point is left out", () => {
  assert.deepEqual(points("113.661, 34.762 x,1 ,2 1,2,3"), []);
});

test("a tap adds a point at the end, and undoing takes it away again", () => {
  const text = added(added("", { lng: 113.6612345, lat: 34.7 }), { lng: 113.7, lat: 34.8 });
  assert.equal(text, "113.661235,34.700000 113.700000,34.800000");
  assert.equal(undone(text), "113.661235,34.700000");
  assert.equal(undone(undone(text)), "");
});

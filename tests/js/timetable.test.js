import assert from "node:assert/strict";
import test from "node:test";

import { due, younger } from "../../static/js/timetable.js";

test("a stop is due so many minutes after the departure", () => {
  const at = new Date(2026, 10, 6, 8, 55);
  assert.equal(due(at.toISOString(), 12), "09:07");
});

test("only a trip begun after the page was written, and not over, is remembered", () => {
  const rendered = "2026-11-06T00:00:00Z";
  const at = Date.parse(rendered) + 1;
  assert.ok(younger({ at, over: false }, rendered));
  assert.ok(!younger({ at, over: true }, rendered));
  assert.ok(!younger({ at: at - 2, over: false }, rendered));
  assert.ok(!younger(null, rendered));
});

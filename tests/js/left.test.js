import assert from "node:assert/strict";
import test from "node:test";

import { span, told } from "../../static/js/left.js";

const words = { left: "{s} left", over: "{s} over", minutes: "{m} min", hours: "{h} h", both: "{h} h {m} min", days: "{d} days" };
const MINUTE = 60_000;

test("a span is said as the server says it", () => {
  assert.deepEqual([0, 59, 60, 133, 47 * 60, 49 * 60].map((n) => span(n, words)), ["0 min", "59 min", "1 h", "2 h 13 min", "47 h", "2 days"]);
});

test("what is left goes down, and turns into what is over", () => {
  const until = 1_000 * MINUTE;
  assert.deepEqual(told({ until }, until - 133 * MINUTE, words, "soon"), ["2 h 13 min left", "soon"]);
  assert.deepEqual(told({ until }, until - 1, words, "ok"), ["0 min left", "ok"]);
  assert.deepEqual(told({ until }, until + 5 * MINUTE, words, "ok"), ["5 min over", "bad"]);
});

test("a window that opens later says nothing before, and what is left from then on", () => {
  const window = { from: 500 * MINUTE, until: 600 * MINUTE };
  assert.equal(told(window, 499 * MINUTE, words, "off"), null);
  assert.deepEqual(told(window, 500 * MINUTE, words, "off"), ["1 h 40 min left", "ok"]);
});

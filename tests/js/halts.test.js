import assert from "node:assert/strict";
import test from "node:test";

import { read, tapped } from "../../static/js/halts.js";

test("a field is read as the server reads it", () => {
  assert.deepEqual(read(" 3, 5@12、9→7 "), ["3", "5@12", "9", "7"]);
  assert.deepEqual(read(""), []);
});

test("a tap adds a stop at the end, and another takes it out with its minute", () => {
  assert.deepEqual(tapped(["3"], "9"), ["3", "9"]);
  assert.deepEqual(tapped(["3", "5@12", "9"], "5"), ["3", "9"]);
});

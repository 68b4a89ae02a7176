import assert from "node:assert/strict";
import test from "node:test";

import onward from "../../static/js/order.js";

const walk = (...more) => more.map((cell, at) => ({ name: "abcdef"[at], turn: at + 1, leg: 1, done: false, at: 0, metres: null, ...cell }));
const names = (cells) => onward(cells).map(({ name }) => name).join("");

test("without a position it is the server's order", () => {
  assert.equal(names(walk({}, {}, {}, {})), "abcd");
});

test("it begins where somebody stands and goes round", () => {
  assert.equal(names(walk({ metres: 90 }, { metres: 50 }, { metres: 5 }, { metres: 40 })), "cdab");
});

test("it goes on from the cell done last, whatever lies nearer", () => {
  const cells = walk({ metres: 1 }, { done: true, at: 2, metres: 0 }, { metres: 80 }, { done: true, at: 1, metres: 3 });
  assert.equal(names(cells), "ca");
});

test("the leg that ends first is walked first", () => {
  const cells = walk({ leg: 2, turn: 3, metres: 0 }, { leg: 1, turn: 1, metres: 9 }, { leg: 1, turn: 2, metres: 4 });
  assert.equal(names(cells), "cba");
});

test("a timetable begins at its first stop, and comes back to what was skipped", () => {
  assert.equal(names(walk({ first: true, metres: 900 }, { metres: 0 }, {})), "abc");
  assert.equal(names(walk({ first: true }, { done: true, at: 5 }, {}, {})), "cda");
});

test("what nobody asks for is not in it, and nothing due is left out", () => {
  const cells = walk({}, { turn: null }, { done: true, at: 1 }, {}, { leg: 2 });
  assert.equal(names(cells), "dae");
});

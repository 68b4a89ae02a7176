import assert from "node:assert/strict";
import { test } from "node:test";
import { metres, said, sooner } from "../../static/js/near.js";

test("a thousandth of a degree of latitude is about 111 metres", () => {
  assert.equal(metres(113.66, 34.76, 113.66, 34.761), 111);
});

test("a distance is rounded as one would say it", () => {
  assert.equal(said(324, "zh"), "320米");
  assert.equal(said(1240, "en"), "1.2 km");
});

test("what is unfinished and has least time left comes first, then what is near", () => {
  const card = (place, done, left, away) => ({ place, done, left, away });
  const cards = [card(0, true, 5, 1), card(1, false, Infinity, 1), card(2, false, 60, 900), card(3, false, 60, 100)];
  assert.deepEqual(cards.sort(sooner).map(({ place }) => place), [3, 2, 1, 0]);
});

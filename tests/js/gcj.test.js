import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { shifted, unshifted } from "../../static/js/gcj.js";

const places = JSON.parse(readFileSync(new URL("gcj-vectors.json", import.meta.url)));
const metres = ([lon, lat], [there, up]) => Math.hypot((lon - there) * 111_320 * Math.cos((lat * Math.PI) / 180), (lat - up) * 111_320);

test("a place is shifted as the server shifts it, and comes back", () => {
  for (const [place, moved] of places) {
    assert.ok(metres(shifted(place), moved) < 0.000_1, `${place}`);
    assert.ok(metres(unshifted(moved), place) < 0.001, `${place}`);
  }
});

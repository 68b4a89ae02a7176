import assert from "node:assert/strict";
import test from "node:test";

import { walks } from "../../static/js/pack.js";

const link = (href) => ({ getAttribute: () => href });

test("every walk is kept once, and no more than a shift needs", () => {
  assert.deepEqual(walks([link("/rounds/new?grid=a"), link("/rounds/new?grid=a"), link("/rounds/new?grid=b")]), ["/rounds/new?grid=a", "/rounds/new?grid=b"]);
  assert.equal(walks(Array.from({ length: 20 }, (_, at) => link(`/rounds/new?grid=${at}`))).length, 6);
});

import assert from "node:assert/strict";
import test from "node:test";

import { judge, unsent } from "../../static/js/going.js";

const NOON = Date.parse("2026-11-21T04:00:00Z");
const page = (round) => ({ round, rendered: "2026-11-21T04:00:00+00:00" });

test("without a memory the page is right", () => {
  assert.equal(judge(page(""), null, []), null);
  assert.equal(judge(page("a"), null, []), "a");
});

test("a start that is still unsent is a round under way", () => {
  const mine = { id: "a", at: NOON - 60_000, over: false };
  assert.equal(judge(page(""), mine, [{ id: "a", acked: false }]), "a");
});

test("a page older than the start does not know of it", () => {
  assert.equal(judge(page(""), { id: "a", at: NOON + 60_000, over: false }, []), "a");
});

test("a page younger than the start knows that another device ended it", () => {
  assert.equal(judge(page(""), { id: "a", at: NOON - 60_000, over: false }, []), null);
  assert.equal(judge(page("b"), { id: "a", at: NOON - 60_000, over: false }, []), "b");
});

test("a round ended here is over, whatever an old page says", () => {
  assert.equal(judge(page("a"), { id: "a", at: NOON + 60_000, over: true }, []), null);
  assert.equal(judge(page("b"), { id: "a", at: NOON - 60_000, over: true }, []), "b");
});

test("what lies in the outbox can be read again", () => {
  const body = new TextEncoder().encode("cell_id=c1&round_id=a").buffer;
  const [visit, ...rest] = unsent([{ kind: "visit", body }, { kind: "track", body }], "visit");
  assert.equal(visit.get("cell_id"), "c1");
  assert.equal(rest.length, 0);
});

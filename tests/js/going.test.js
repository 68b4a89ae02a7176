import assert from "node:assert/strict";
import test from "node:test";

import { begun, judge, saw, since, turned, unsent } from "../../static/js/going.js";
import { current } from "../../static/js/memory.js";

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

function remember(entries) {
  const kept = Object.fromEntries(Object.entries(entries).map(([grid, value]) => [`round::${grid}`, JSON.stringify(value)]));
  globalThis.localStorage = Object.defineProperties(kept, {
    getItem: { value: (name) => kept[name] ?? null }, setItem: { value: (name, text) => { kept[name] = text; } },
  });
}

test("a record names the round begun here last, else the page's, and none that was ended here", () => {
  const at = Date.now();
  remember({ g: { id: "a", at: at - 10, over: false }, h: { id: "b", at, over: false } });
  assert.equal(current(""), "b");
  remember({ g: { id: "a", at, over: true } });
  assert.equal(current("a"), "");
  assert.equal(current("c"), "c");
  remember({ g: { id: "a", at: at - 2 * 86_400_000, over: false } });
  assert.equal(current(""), "");
});

test("what happened on the phone after the page was written is known after a cold start", () => {
  remember({});
  begun("g", "a", NOON);
  saw("g", "one", "", NOON - 1);
  saw("g", "two", "<b>A</b>", NOON + 1);
  saw("g", "three", "", NOON + 2);
  saw("g", "three", null, NOON + 3);
  turned("g", true, NOON + 4);
  assert.deepEqual(since({ grid: "g", ...page("") }, "a"), { at: NOON, resting: true, seen: [["two", "<b>A</b>"]] });
  assert.deepEqual(since({ grid: "g", ...page("") }, "other"), { seen: [] });
});

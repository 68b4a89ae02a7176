import assert from "node:assert/strict";
import { test } from "node:test";
import { digestHeader, encode, pause, ready, tally, toHex, verdict, wakeAt } from "../../static/js/sending.js";
import { uuid7 } from "../../static/js/store.js";

const item = (seq, more = {}) => ({ id: `i${seq}`, seq, user: "u", state: "waiting", next: 0, photos: 0, acked: false, after: [], ...more });

test("a success without our own id is no success", () => {
  assert.equal(verdict(200, "a", "a"), "sent");
  assert.equal(verdict(201, "a", "a"), "sent");
  assert.equal(verdict(200, null, "a"), "later");
  assert.equal(verdict(200, "b", "a"), "later");
});

test("only a refusal needs a person; a sign-in stops all", () => {
  assert.equal(verdict(401, null, "a"), "sign-in");
  for (const status of [409, 422, 413, 415]) assert.equal(verdict(status, null, "a"), "attention");
  for (const status of [0, 408, 429, 500, 502, 503, 507]) assert.equal(verdict(status, "a", "a"), "later");
});

test("items go oldest first, whatever the order of their ids", () => {
  const items = [item(3, { id: "a" }), item(1, { id: "z" }), item(2, { id: "m" })];
  assert.deepEqual(ready(items, "u", 0).map((one) => one.seq), [1, 2, 3]);
});

test("a child waits for its parent, and for nobody who has been acknowledged", () => {
  const child = item(2, { after: ["i1"] });
  assert.deepEqual(ready([item(1), child], "u", 0).map((one) => one.id), ["i1"]);
  assert.deepEqual(ready([item(1, { acked: true, state: "attention" }), child], "u", 0).map((one) => one.id), ["i2"]);
  assert.deepEqual(ready([child], "u", 0).map((one) => one.id), ["i2"]);
});

test("a child of a refused parent waits with it, the rest goes on", () => {
  const items = [item(1, { state: "attention" }), item(2, { after: ["i1"] }), item(3)];
  assert.deepEqual(ready(items, "u", 0).map((one) => one.id), ["i3"]);
  assert.equal(wakeAt(items.slice(0, 2), "u"), null);
});

test("an item that failed holds up nobody else", () => {
  const items = [item(1, { next: 5000, tries: 3 }), item(2)];
  assert.deepEqual(ready(items, "u", 1000).map((one) => one.id), ["i2"]);
  assert.equal(wakeAt([items[0]], "u"), 5000);
});

test("what another person wrote is neither sent nor counted", () => {
  const items = [item(1, { user: "other", photos: 2 }), item(2, { photos: 1 })];
  assert.deepEqual(ready(items, "u", 0).map((one) => one.id), ["i2"]);
  assert.deepEqual(tally(items, "u"), { items: 1, photos: 1, attention: 0 });
});

test("an acknowledged record counts no more while its photos still go", () => {
  assert.deepEqual(tally([item(1, { acked: true, photos: 2 })], "u"), { items: 0, photos: 2, attention: 0 });
});

test("waiting grows from about two seconds to about a minute", () => {
  assert.equal(pause(1, 0.5), 2000);
  assert.equal(pause(3, 0.5), 8000);
  assert.equal(pause(50, 0.5), 60_000);
  assert.ok(pause(1, 0) >= 1500 && pause(50, 0.999) < 75_000);
});

test("a form is frozen as a browser would send it", () => {
  const bytes = encode([["remark", "占道 & co"], ["photo", "a=1&b=2"]]);
  const text = new TextDecoder().decode(bytes);
  assert.deepEqual([...new URLSearchParams(text)], [["remark", "占道 & co"], ["photo", "a=1&b=2"]]);
});

test("the digest is written as RFC 9530 has it", async () => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
  assert.equal(digestHeader(hash), "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
  assert.equal(toHex(hash).slice(0, 8), "ba7816bf");
});

test("ids are of version 7 and sort by their moment", () => {
  const [early, late] = [uuid7(1_700_000_000_000), uuid7(1_700_000_000_001)];
  assert.match(early, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(early < late);
  assert.equal(parseInt(early.replaceAll("-", "").slice(0, 12), 16), 1_700_000_000_000);
});

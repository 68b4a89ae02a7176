import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { addEventListener() {}, documentElement: { lang: "zh-CN" }, body: { dataset: { user: "me" } } };
const { lineOf, publicKey, seal, sign } = await import("../../static/js/keys.js");
const { base64, bytes, packed, unpacked } = await import("../../static/js/carry.js");
const { fieldsOf, renewed } = await import("../../static/js/refile.js");
const { label } = await import("../../static/js/phone.js");
const { stateOf } = await import("../../static/js/outbox-list.js");
const { belongs, encode, headers, ready, toHex } = await import("../../static/js/sending.js");

const pair = () => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const hashed = async (body) => toHex(await crypto.subtle.digest("SHA-256", body));
const item = { device: "d", seq: 7, id: "i", user: "u", url: "/findings", hash: "ab", prev: "cd" };
const frozen = async (seq, more = {}) => {
  const body = encode([["remark", `店外经营 ${seq}`]]);
  return { id: `i${seq}`, seq, user: "u", state: "attention", tries: 4, next: 9, photos: 0, acked: false, after: [], url: "/findings", body, hash: await hashed(body), ...more };
};

test("what is signed names the phone, the number, the record, the author, the address, the bytes and the one before", () => {
  assert.equal(lineOf(item), "patrol 1\nd\n7\ni\nu\n/findings\nab\ncd");
});

test("the mark of an item covers the mark of the one before", async () => {
  const [one, other] = await Promise.all([seal(item, null), seal({ ...item, prev: "ce" }, null)]);
  assert.match(one.mark, /^[0-9a-f]{64}$/);
  assert.notEqual(one.mark, other.mark);
  assert.equal(one.signature, null);
});

test("the key stays in the phone, its signature can be checked with the public half", async () => {
  const keys = await pair();
  await assert.rejects(crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const raw = bytes(await sign(keys, "line"));
  assert.equal(raw.byteLength, 64);
  assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, keys.publicKey, raw, new TextEncoder().encode("line")));
  assert.equal(bytes(await publicKey(keys)).byteLength, 65);
});

test("the grant goes along only with what this phone froze for its own person", () => {
  const grant = { token: "t", user: "u", device: "d" };
  const told = (more) => headers({ ...item, ...more }, { grant, type: "x", digest: "y", id: "i", prev: "", signature: "s" });
  assert.equal(told({})["X-Grant"], "t");
  assert.equal(told({ user: "other" })["X-Grant"], undefined);
  assert.equal(told({ device: "else" })["X-Grant"], undefined);
  assert.equal(told({})["X-Prev"], undefined);
  assert.equal(told({ carrier: "leader" })["X-Carrier"], "leader");
});

test("what somebody carries is theirs to send, and nobody else's", () => {
  assert.ok(belongs({ user: "u", carrier: "leader" }, "leader"));
  assert.ok(!belongs({ user: "u", carrier: "leader" }, "u"));
  assert.deepEqual(ready([{ ...item, state: "waiting", carrier: "leader" }], "leader", 0).length, 1);
});

test("an outbox goes through a file byte for byte, and waits again at the other end", async () => {
  const photo = { id: "p", item: "i1", body: new Uint8Array([0, 255, 128]).buffer, thumb: new ArrayBuffer(2), type: "image/jpeg" };
  photo.hash = await hashed(photo.body);
  const text = JSON.stringify(packed([await frozen(1)], [photo]));
  const { items, files } = await unpacked(JSON.parse(text), "u");
  assert.deepEqual(new Uint8Array(items[0].body), new Uint8Array((await frozen(1)).body));
  assert.deepEqual([items[0].state, items[0].tries, items[0].carrier], ["waiting", 0, undefined]);
  assert.equal(base64(files[0].body), "AP+A");
  assert.ok(!text.includes("thumb"));
});

test("another's records are carried, never made one's own", async () => {
  const { items } = await unpacked(packed([await frozen(1)], []), "leader");
  assert.deepEqual([items[0].user, items[0].carrier], ["u", "leader"]);
});

test("a file whose bytes were changed is taken by nobody", async () => {
  const file = packed([await frozen(1)], []);
  file.items[0].body = base64(encode([["remark", "nothing seen"]]));
  await assert.rejects(unpacked(file, "u"));
  await assert.rejects(unpacked({ items: [] }, "u"));
  await assert.rejects(unpacked(null, "u"));
});

test("a record filed anew names the old one, and its parents by their new names", async () => {
  const old = await frozen(2, { id: "old", url: "/findings/parent/stops", after: ["fresh"], names: [["parent", "fresh"]], body: encode([["id", "old"], ["round", "parent"], ["supersedes", "older"]]) });
  const anew = renewed(old, fieldsOf(old), [{ id: "p", url: "/findings/old/photos/p" }], "new");
  assert.deepEqual(anew.fields, [["id", "new"], ["round", "fresh"]]);
  assert.deepEqual([anew.url, anew.replaces, anew.files[0].url], ["/findings/fresh/stops", "old", "/findings/new/photos/p"]);
});

test("a phone is called what people call it", () => {
  assert.equal(label("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"), "Chrome · Android");
  assert.equal(label("Mozilla/5.0 (iPhone; CPU iPhone OS 18_4) Version/18.4 Safari/604.1"), "Safari · iPhone");
  assert.equal(label("odd"), "");
});

test("the list says where an item stands", () => {
  const words = { attention: "refused", sending: "sending", waiting: "waiting", photosFollow: "photos", retried: "tried {n}" };
  const told = (more, now) => stateOf({ id: "i", state: "waiting", tries: 0, ...more }, words, now)[0];
  assert.deepEqual([told({}), told({}, "i"), told({ acked: true }), told({ tries: 3 }), told({ state: "attention" }, "i")], ["waiting", "sending", "photos", "waiting · tried 3", "refused"]);
});

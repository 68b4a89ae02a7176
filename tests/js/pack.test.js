import assert from "node:assert/strict";
import test from "node:test";

import { fetched, judged, sentence, walks } from "../../static/js/pack.js";

const link = (href) => ({ getAttribute: () => href });
const HOUR = 3_600_000;
const words = {
  ready: "ready: {pages} pages, {cells} cells, {pictures} pictures, {size}, as of {time}",
  stale: "made at {time}", partial: "{missing} of {all} missing, as of {time}",
};

function shelf() {
  const kept = new Map();
  return { kept, put: async (url, answer) => kept.set(url, answer) };
}

test("every walk is kept once, and no more than a shift needs", () => {
  assert.deepEqual(walks([link("/rounds/new?grid=a"), link("/rounds/new?grid=a"), link("/rounds/new?grid=b")]), ["/rounds/new?grid=a", "/rounds/new?grid=b"]);
  assert.equal(walks(Array.from({ length: 20 }, (_, at) => link(`/rounds/new?grid=${at}`))).length, 6);
});

test("all that is listed is kept, counted by kind and byte, with every step told", async () => {
  const cache = shelf();
  const steps = [];
  const take = [{ url: "/", kind: "page" }, { url: "/rounds/new?grid=a", kind: "walk" }, { url: "/p", kind: "picture" }];
  const made = await fetched(take, cache, async () => new Response("ä".repeat(10)), ({ done, bytes }) => steps.push([done, bytes]));
  assert.deepEqual([...cache.kept.keys()].sort(), ["/", "/p", "/rounds/new?grid=a"]);
  assert.equal(await cache.kept.get("/").text(), "ä".repeat(10)); // counting used up a copy
  assert.deepEqual([made.page, made.walk, made.picture, made.bytes, made.missing], [1, 1, 1, 60, 0]);
  assert.deepEqual(steps.at(-1), [3, 60]);
});

test("an answer that is none, a sign-in and a full phone are missing pieces, and the rest is kept", async () => {
  const cache = shelf();
  cache.put = async (url, answer) => { if (url === "/full") throw new DOMException("full", "QuotaExceededError"); cache.kept.set(url, answer); };
  const answers = { "/": new Response("ok"), "/gone": new Response("", { status: 404 }), "/full": new Response("x") };
  const get = async (url) => { if (!answers[url]) throw new TypeError("no network"); return answers[url]; };
  const sent = Object.defineProperty(new Response("sign in"), "redirected", { value: true });
  answers["/away"] = sent;
  const take = ["/", "/gone", "/full", "/away", "/lost"].map((url) => ({ url, kind: "page" }));
  const made = await fetched(take, cache, get, () => {});
  assert.deepEqual([[...cache.kept.keys()], made.page, made.missing, made.all], [["/"], 1, 4, 5]);
});

test("a pack says of itself that it is ready, too old, or not whole", () => {
  globalThis.document ??= { documentElement: { lang: "en-GB" } };
  const now = new Date("2026-11-22T08:30:00").getTime();
  const made = { at: now - HOUR / 2, page: 10, walk: 4, cells: 312, picture: 3, bytes: 19_040_000, missing: 0, all: 22 };
  assert.equal(sentence(made, words, now), "ready: 14 pages, 312 cells, 3 pictures, 19.0 MB, as of 08:00");
  assert.equal(judged({ ...made, at: now - 13 * HOUR }, now), "stale");
  assert.equal(sentence({ ...made, at: now - 13 * HOUR }, words, now), "made at 11-21 19:30");
  assert.equal(sentence({ ...made, missing: 2 }, words, now), "2 of 22 missing, as of 08:00");
});

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { addEventListener() {}, documentElement: { lang: "zh-CN" }, body: { dataset: {} } };
const { freeze } = await import("../../static/js/posting.js");
const { sentence } = await import("../../static/js/status.js");
const { announce, fit } = await import("../../static/js/photo.js");
const { moved } = await import("../../static/js/position.js");
const { metres } = await import("../../static/js/spots.js");

const WORDS = {
  online: "在线", offline: "离线", sent: "全部已发送", waiting: "{n} 条待发", photos: "{n} 张照片", comma: "，",
  attention: "{n} 条需要处理", signIn: "请登录", last: "上次发送 {time}",
};
const nothing = { items: 0, photos: 0, attention: 0, last: null, signIn: false, silent: false };

test("blanks that only the phone knows are filled, what the officer wrote is kept", () => {
  const data = [["_id", "server"], ["id", ""], ["seen_at", "09:00"], ["made_at", ""], ["remark", ""], ["file", { name: "x" }]];
  assert.deepEqual(freeze(data, "me", "now"), [["id", "me"], ["seen_at", "09:00"], ["made_at", "now"], ["remark", ""]]);
});

test("the status line says in words what is unsent", () => {
  assert.equal(sentence(nothing, WORDS, true), "在线 · 全部已发送");
  assert.match(sentence({ ...nothing, items: 3, photos: 2, last: "2026-11-06T02:42:00Z" }, WORDS, false), /^离线 · 3 条待发，2 张照片 · 上次发送 \d\d:42$/);
  assert.equal(sentence({ ...nothing, photos: 2, attention: 1 }, WORDS, true), "在线 · 2 张照片 · 1 条需要处理");
  assert.equal(sentence({ ...nothing, signIn: true, items: 1 }, WORDS, true), "在线 · 1 条待发 · 请登录");
});

test("a server that does not answer is no better than no network", () => {
  assert.match(sentence({ ...nothing, items: 1, silent: true }, WORDS, true), /^离线/);
});

test("a picture shrinks to its longest side and never grows", () => {
  assert.deepEqual(fit(4000, 3000, 1600), [1600, 1200]);
  assert.deepEqual(fit(3000, 4000, 1600), [1200, 1600]);
  assert.deepEqual(fit(640, 480, 1600), [640, 480]);
  assert.deepEqual(fit(10_000, 1, 1600), [1600, 1]);
});

test("a photo is announced with its hash, and with a place only when there is one", () => {
  const photo = { id: "p", sha256: "ab", size: 9, view: "near", origin: "camera", takenAt: "t" };
  assert.equal(announce(photo), "id=p&sha256=ab&size=9&view=near&origin=camera&taken_at=t");
  assert.match(announce({ ...photo, fix: { lon: 113.6, lat: 34.7, accuracy: 8 } }), /&lon=113.6&lat=34.7&accuracy=8$/);
});

test("a place is moved by metres", () => {
  const there = { lon: 113.66, lat: 34.76 };
  assert.ok(Math.abs(metres(there, moved(there, 5, 0)) - 5) < 0.1);
  assert.ok(Math.abs(metres(there, moved(there, -3, 4)) - 5) < 0.1);
});

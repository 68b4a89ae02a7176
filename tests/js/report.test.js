import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { addEventListener() {}, documentElement: { lang: "zh-CN" }, body: { dataset: {} } };
const { draftOf } = await import("../../static/js/refile.js");
const { records } = await import("../../static/js/report.js");

const DATA = [
  ["_id", "server"], ["seen_at", ""], ["made_at", ""], ["code", "E0406"], ["lon", "113.66"], ["lat", "34.76"],
  ["remark", "三轮车"], ["stop_kind", "advised"], ["stop_outcome", "stopped"], ["then", "stop"],
];
const PHOTO = { id: "p1", sha256: "ab", size: 3, view: "near", origin: "camera", takenAt: "t", fix: null, type: "image/jpeg", body: new Uint8Array([1, 2, 3]).buffer, thumb: new ArrayBuffer(1) };
const TOLD = { id: "f1", at: "now", address: "/findings", label: "占道经营", stopLabel: "制止", draft: "report:u" };

test("a report is one finding with its photos announced in its own bytes", () => {
  const [finding] = records(DATA, [PHOTO], TOLD);
  const fields = Object.fromEntries(finding.fields);
  assert.equal(finding.url, "/findings");
  assert.equal(finding.draft, "report:u");
  assert.deepEqual([fields.seen_at, fields.made_at, fields.remark], ["now", "now", "三轮车"]);
  assert.match(fields.photo, /^id=p1&sha256=ab&size=3/);
  assert.deepEqual(finding.fields.filter(([name]) => name.startsWith("stop_") || name === "_id" || name === "then"), []);
  assert.equal(finding.files[0].url, "/findings/f1/photos/p1");
});

test("the act to stop is a record of its own that waits for the finding", () => {
  const [, stop] = records(DATA, [], TOLD);
  assert.deepEqual(stop.after, ["f1"]);
  assert.equal(stop.url, "/findings/f1/stops");
  assert.deepEqual(Object.fromEntries(stop.fields), { kind: "advised", outcome: "stopped", seen_at: "now", made_at: "now" });
});

test("a refused report becomes a draft again, photos and all", () => {
  const [finding] = records(DATA, [PHOTO], TOLD);
  const kept = draftOf(new URLSearchParams(finding.fields).toString(), finding.files);
  assert.equal(Object.fromEntries(kept.fields).remark, "三轮车");
  assert.equal(Object.fromEntries(kept.fields).photo, undefined);
  assert.equal(kept.photos[0].sha256, "ab");
  assert.equal(kept.photos[0].body, PHOTO.body);
});

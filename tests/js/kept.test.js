import assert from "node:assert/strict";
import test from "node:test";

import { about } from "../../static/js/kept.js";

const page = (title, body) => `<html><head><title>${title}</title></head><body${body}></body></html>`;

test("a kept page is told by its title, its address and whose it is", () => {
  const html = page("3 &amp; 4 · 网格巡查", ' data-user="u1" data-x');
  assert.deepEqual(about("https://p/rounds/new?grid=a#x", html), ["3 & 4", "/rounds/new?grid=a", "u1"]);
});

test("a page of nobody has no owner, and data is no page", () => {
  assert.deepEqual(about("https://p/offline", page("Offline · Patrol", "")), ["Offline", "/offline", ""]);
  assert.equal(about("https://p/states.json", "{}"), null);
});

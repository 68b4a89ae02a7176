import assert from "node:assert/strict";
import test from "node:test";

import { tagIn } from "../../static/js/tags.js";

const token = "41010500100001.1.K5QWY3DPEBLW64TM";

test("a tag is read bare, at the end of an address and out of a fragment", () => {
  for (const text of [token, ` ${token}\n`, `https://patrol.example.gov.cn/t/${token}`, `#tag=${token}`]) {
    assert.deepEqual(tagIn(text), { token, code: "41010500100001" });
  }
});

test("what is no tag says nothing", () => {
  for (const text of ["", "https://example.com/", token.slice(0, -1), `${token}A`, token.toLowerCase()]) {
    assert.equal(tagIn(text), undefined);
  }
});

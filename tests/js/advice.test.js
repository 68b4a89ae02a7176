import assert from "node:assert/strict";
import test from "node:test";

import { needed } from "../../static/js/advice.js";

const ANDROID = "Mozilla/5.0 (Linux; Android 14; ANA-AN00) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1";
const IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15";
const WECHAT = `${ANDROID} MicroMessenger/8.0.49`;
const asked = (agent, more) => needed({ agent, secure: true, touches: 5, kept: false, ...more });

test("a plain browser on Android needs no advice", () => assert.equal(asked(ANDROID), undefined));
test("on an iPhone or iPad the app is to be put on the home screen first", () => {
  assert.equal(asked(IPHONE), "install");
  assert.equal(asked(IPAD), "install");
  assert.equal(asked(IPAD, { touches: 0 }), undefined); // a Mac
  assert.equal(asked(IPHONE, { kept: true }), undefined);
});
test("WeChat's own browser keeps nothing, whatever else is wrong", () => assert.equal(asked(WECHAT, { secure: false }), "wechat"));
test("plain HTTP gives no position", () => assert.equal(asked(ANDROID, { secure: false }), "insecure"));

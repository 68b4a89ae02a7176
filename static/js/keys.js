/** The phone's number and its key, made once and never taken out: they say which phone, not who. */
import { toHex } from "./sending.js";
import { ask, read, run, uuid7 } from "./store.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const encoded = (text) => new TextEncoder().encode(text);

/** What is signed of an item or a photo: one line of the chain, the same here and at the server. */
export const lineOf = ({ device, seq, id, user, url, hash, prev }) =>
  ["patrol 1", device, seq, id, user, url, hash, prev].join("\n");

/** {device, keys} of this phone; `keys` is null where the browser makes none that can be kept. */
export async function phone() {
  const kept = await read("meta", (meta) => ask(meta.get("phone")));
  return kept?.value ?? begin();
}

/** Makes this phone known to itself, `anew` when the server knows its number by another key. */
export async function begin(anew = false) {
  const keys = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]).catch(() => null);
  const store = (pair) => run(["meta"], "readwrite", async ({ meta }) => {
    const other = await ask(meta.get("phone"));
    if (other && !anew) return other.value; // another tab was quicker
    const old = anew ? null : await ask(meta.get("device"));
    const value = { device: old?.value ?? uuid7(), keys: pair };
    meta.put({ key: "phone", value });
    if (anew) ["seq", "mark"].forEach((key) => meta.delete(key));
    return value;
  });
  return store(keys).catch(() => store(null)); // a browser that cannot keep keys counts all the same
}

export const sign = async (keys, line) =>
  keys && base64(await crypto.subtle.sign(SIGNING, keys.privateKey, encoded(line)));

/** The public half, as the server wants it. */
export const publicKey = async (keys) => base64(await crypto.subtle.exportKey("raw", keys.publicKey));

/** {mark, signature} of an item: its name in the chain, and the proof that this phone made it. */
export async function seal(item, keys) {
  const line = lineOf(item);
  return { mark: toHex(await crypto.subtle.digest("SHA-256", encoded(line))), signature: await sign(keys, line) };
}

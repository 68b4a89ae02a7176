/** The outbox as a file, and a file as an outbox: out of one phone and into another, bytes unchanged. */
import { all, filesOf, sha256, tell, user } from "./queue.js";
import { toHex } from "./sending.js";
import { ask, run } from "./store.js";

const KIND = "patrol-outbox-1";

export function base64(buffer) {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

/** Items and photos as plain values; nothing of an answer or a thumbnail goes along. */
export function packed(items, files) {
  const plain = ({ answer, thumb, body, ...rest }) => ({ ...rest, body: base64(body) });
  return { kind: KIND, items: items.map(plain), files: files.map(plain) };
}

/**
 * {items, files} out of a file, ready to be laid beside one's own; `who` carries what is another's.
 * Throws when it is no such file, or when its bytes are not those that were frozen.
 */
export async function unpacked(file, who) {
  if (file?.kind !== KIND) throw new TypeError("no outbox");
  const whole = async ({ body, ...rest }) => {
    const raw = bytes(body);
    if (toHex(await sha256(raw)) !== rest.hash) throw new TypeError("changed bytes");
    return { ...rest, body: raw };
  };
  const items = await Promise.all(file.items.map(whole));
  return {
    items: items.map(({ carrier, ...item }) => ({
      ...item, ...(item.user !== who && { carrier: who }), state: "waiting", tries: 0, next: 0, status: null, answer: null,
    })),
    files: await Promise.all(file.files.map(whole)),
  };
}

/** Hands everything unsent out as one file. */
export async function save() {
  const items = await all();
  const files = (await Promise.all(items.map(filesOf))).flat();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(packed(items, files))], { type: "application/json" }));
  link.download = `outbox-${new Date().toISOString().slice(0, 16).replace(":", "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lays records of a file beside one's own, as they were frozen; those already here stay as they are. */
async function adopt(items, files) {
  const fresh = await run(["items", "files"], "readwrite", async (stores) => {
    const known = new Set(await ask(stores.items.getAllKeys()));
    const taken = items.filter((item) => !known.has(item.id));
    const ids = new Set(taken.map((item) => item.id));
    taken.forEach((item) => stores.items.put(item));
    files.filter((file) => ids.has(file.item)).forEach((file) => stores.files.put(file));
    return taken.length;
  });
  tell();
  return fresh;
}

/** Takes a file in; how many records of it were not here yet. */
export async function load(file) {
  const { items, files } = await unpacked(JSON.parse(await file.text()), user());
  return adopt(items, files);
}

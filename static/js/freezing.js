/** Freezes what the officer wrote: bytes, number, place in the phone's chain and signature, once. */
import { phone, seal } from "./keys.js";
import { meta, sha256, takeAway, tell, user } from "./queue.js";
import { digestHeader, encode, toHex } from "./sending.js";
import { ask, read, run, uuid7 } from "./store.js";

/** What waited for `old` waits for `id` from now on, and must be frozen anew: it names `old`. */
async function succeed(old, id, stores) {
  await takeAway(old, stores);
  for (const child of (await ask(stores.items.getAll())).filter((item) => item.after?.includes(old.id))) {
    const names = [...(child.names ?? []), ...(old.names ?? []), [old.id, id]];
    stores.items.put({ ...child, names, after: child.after.map((parent) => (parent === old.id ? id : parent)) });
  }
}

const pathOf = (url) => new URL(url, "http://here").pathname;

/** Puts item and photos at the end of the phone's chain; false when another tab was quicker. */
async function chain(item, photos, { draft, replaces }) {
  const { device, keys } = await phone();
  const last = (await meta("seq")) ?? 0;
  Object.assign(item, { device, seq: last + 1, prev: (await meta("mark")) ?? "" });
  Object.assign(item, await seal({ ...item, url: pathOf(item.url) }, keys));
  for (const photo of photos) {
    const { signature } = await seal({ ...item, id: photo.id, url: pathOf(photo.url), hash: photo.hash, prev: item.mark }, keys);
    Object.assign(photo, { signature });
  }
  return run(["items", "files", "meta", "drafts"], "readwrite", async (stores) => {
    if (await ask(stores.items.get(item.id))) return true; // it lies here already
    if (((await ask(stores.meta.get("seq")))?.value ?? 0) !== last) return false;
    stores.meta.put({ key: "seq", value: item.seq });
    stores.meta.put({ key: "mark", value: item.mark });
    if (replaces) await succeed(replaces, item.id, stores);
    stores.items.add(item);
    photos.forEach((photo) => stores.files.add(photo));
    if (draft) stores.drafts.delete(draft);
    return true;
  });
}

/**
 * Freezes a record and its photos in one strict transaction; resolves once they are on the disk.
 * `fields` are pairs; `after` lists ids that must be acknowledged first; each of `files` is
 * {id, url, type, body, thumb}. `draft` names a draft that this record ends, `replaces` the refused
 * item it is filed anew for: the new bytes name that one, and it leaves in the same transaction.
 */
export async function put({ id = uuid7(), kind, label, url, fields, after = [], files = [], draft = null, replaces = null }) {
  const old = replaces ? await read("items", (items) => ask(items.get(replaces))) : null;
  const named = Object.entries({ ...(replaces && { supersedes: replaces }), ...(old && { supersedes_seq: old.seq }) });
  const body = encode([...fields, ...named]);
  const digest = await sha256(body);
  const item = {
    id, kind, label, url, body, digest: digestHeader(digest), hash: toHex(digest), after, user: old?.user ?? user(), at: new Date().toISOString(),
    photoIds: files.map(({ id: photo }) => photo), photos: files.length, size: files.reduce((sum, file) => sum + file.body.byteLength, body.byteLength),
    state: "waiting", tries: 0, next: 0, acked: false, answer: null, status: null,
  };
  const photos = await Promise.all(files.map(async (file) => {
    const hash = await sha256(file.body);
    return { ...file, item: id, digest: digestHeader(hash), hash: toHex(hash) };
  }));
  while (!(await chain(item, photos, { draft, replaces: old })));
  tell();
  navigator.serviceWorker?.ready.then(({ sync }) => sync?.register("outbox")).catch(() => {}); // a help, no more
  return item;
}

/** Keeps what the officer wrote, frozen, until the server has acknowledged it. */
import { digestHeader, encode } from "./sending.js";
import { ask, read, run, write } from "./store.js";
import { uuid7 } from "./uuid.js";

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("outbox") : null;
const listeners = new Set();

/** Who is signed in on this page: items of another person are neither shown nor sent. */
export const user = () => document.body.dataset.user ?? "";

/** Calls `listener()` after every change, here or in another tab. */
export const onChange = (listener) => listeners.add(listener);

export function tell(fromAfar = false) {
  listeners.forEach((listener) => listener());
  if (!fromAfar) channel?.postMessage("changed");
}
if (channel) channel.onmessage = () => tell(true);
channel?.unref?.(); // outside a browser it would keep the process alive

export const sha256 = (bytes) => crypto.subtle.digest("SHA-256", bytes);

/** Items of the person signed in, oldest first. */
export const all = async () =>
  (await read("items", (items) => ask(items.getAll())))
    .filter((item) => item.user === user())
    .sort((one, other) => one.seq - other.seq);

export const filesOf = async (id) => (await read("files", (files) => ask(files.getAll()))).filter((file) => file.item === id);

export const meta = async (key) => (await read("meta", (store) => ask(store.get(key))))?.value ?? null;
export const remember = (key, value) => write("meta", (store) => ask(store.put({ key, value })));

/**
 * Freezes a record and its photos in one strict transaction; resolves once they are on the disk.
 * `fields` are pairs; `after` lists ids that must be acknowledged first; each of `files` is
 * {id, url, type, body, thumb}. `draft` names a draft that this record replaces.
 */
export async function put({ id = uuid7(), kind, label, url, fields, after = [], files = [], draft = null }) {
  const body = encode(fields);
  const digest = digestHeader(await sha256(body));
  const item = {
    id, kind, label, url, body, digest, after, user: user(), at: new Date().toISOString(),
    photos: files.length, size: files.reduce((sum, file) => sum + file.body.byteLength, body.byteLength),
    state: "waiting", tries: 0, next: 0, acked: false, answer: null, status: null,
  };
  const photos = await Promise.all(
    files.map(async (file) => ({ ...file, item: id, digest: digestHeader(await sha256(file.body)) })),
  );
  await run(["items", "files", "meta", "drafts"], "readwrite", async (stores) => {
    const last = (await ask(stores.meta.get("seq")))?.value ?? 0;
    const device = await ask(stores.meta.get("device"));
    if (!device) stores.meta.put({ key: "device", value: uuid7() });
    item.seq = last + 1;
    stores.meta.put({ key: "seq", value: item.seq });
    stores.items.add(item);
    photos.forEach((photo) => stores.files.add(photo));
    if (draft) stores.drafts.delete(draft);
  });
  tell();
  return item;
}

export async function change(id, values) {
  await write("items", async (items) => {
    const item = await ask(items.get(id));
    if (item) items.put({ ...item, ...values });
  });
  tell();
}

/** Everything of `user` waits no longer: the network is back, or the officer looks at the screen. */
export const unpause = () =>
  write("items", async (items) => {
    for (const item of await ask(items.getAll())) {
      if (item.state === "waiting" && item.next) items.put({ ...item, next: 0 });
    }
  });

/** Takes one photo away once it is acknowledged. */
export async function removeFile(item, file) {
  await write("files", (files) => ask(files.delete(file)));
  await change(item, { photos: (await filesOf(item)).length });
}

/** Takes an item and its photos away: after its acknowledgement, or when its author says so. */
export async function remove(id) {
  await run(["items", "files"], "readwrite", async ({ items, files }) => {
    items.delete(id);
    (await ask(files.getAll())).filter((file) => file.item === id).forEach((file) => files.delete(file.id));
  });
  tell();
}

/** What the officer is still writing, kept on every change. */
export const draft = (key) => read("drafts", (drafts) => ask(drafts.get(key)));
export const keepDraft = (key, values) => write("drafts", (drafts) => ask(drafts.put({ ...values, key })));
export const dropDraft = (key) => write("drafts", (drafts) => ask(drafts.delete(key)));

/** What lies on this phone until the server has acknowledged it: items, photos, drafts. */
import { belongs } from "./sending.js";
import { ask, read, run, write } from "./store.js";

const REMEMBERED = 30; // stored items that stay in view
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("outbox") : null;
const listeners = new Set();

/** Who is signed in on this page: items of another person are neither shown nor sent. */
export const user = () => globalThis.document?.body.dataset.user ?? "";

/** In whose name may be sent from here: the person signed in, or who was until the session ran out. */
export async function sender() {
  if (user()) return user();
  const grant = await meta("grant");
  return grant && Date.parse(grant.until) > Date.now() ? grant.user : "";
}

/** Calls `listener()` soon after changes, here or in another tab. */
export const onChange = (listener) => listeners.add(listener);

const PAUSE = 100; // ms: a long queue is not painted anew for every item of it
let due = null;

export function tell(fromAfar) {
  if (!fromAfar) channel?.postMessage("changed");
  due ??= setTimeout(() => {
    due = null;
    listeners.forEach((listener) => listener());
  }, PAUSE);
}
if (channel) channel.onmessage = () => tell(true);
channel?.unref?.(); // outside a browser it would keep the process alive

export const sha256 = (bytes) => crypto.subtle.digest("SHA-256", bytes);

/** Items of `who`, oldest first: one's own, and others' that one carries. */
export const all = async (who = user()) =>
  (await read("items", (items) => ask(items.getAll())))
    .filter((item) => belongs(item, who))
    .sort((one, other) => one.seq - other.seq);

/** The photos of an item; one that an older version froze does not name them. */
const photosOf = async (item, files) => item.photoIds
  ? (await Promise.all(item.photoIds.map((id) => ask(files.get(id))))).filter(Boolean)
  : (await ask(files.getAll())).filter((file) => file.item === item.id);
export const filesOf = (item) => read("files", (files) => photosOf(item, files));

export const meta = async (key) => (await read("meta", (store) => ask(store.get(key))))?.value ?? null;
export const remember = (key, value) => write("meta", (store) => ask(store.put({ key, value })));

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

/** Takes one photo away once it is acknowledged; so many of its item are left. */
export async function removeFile({ id, item }, left) {
  await write("files", (files) => ask(files.delete(id)));
  await change(item, { photos: left });
}

/** Inside a transaction over items and files. */
export async function takeAway(item, { items, files }) {
  items.delete(item.id);
  (await photosOf(item, files)).forEach((file) => files.delete(file.id));
}

/** Takes an item and its photos away: when its author says so. */
export async function remove(item) {
  await run(["items", "files"], "readwrite", (stores) => takeAway(item, stores));
  tell();
}

/** An item has reached the server whole: it leaves, and one line of it stays to be looked at. */
export async function finish(item) {
  const { id, label, at, size, user: author } = item;
  await run(["items", "files", "meta"], "readwrite", async (stores) => {
    await takeAway(item, stores);
    const kept = (await ask(stores.meta.get("stored")))?.value ?? [];
    stores.meta.put({ key: "stored", value: [{ id, label, at, size, user: author, stored: new Date().toISOString() }, ...kept].slice(0, REMEMBERED) });
  });
  tell();
}

/** What the officer is still writing, kept on every change. */
export const draft = (key) => read("drafts", (drafts) => ask(drafts.get(key)));
export const keepDraft = (key, values) => write("drafts", (drafts) => ask(drafts.put({ ...values, key })));
export const dropDraft = (key) => write("drafts", (drafts) => ask(drafts.delete(key)));

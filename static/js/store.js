/** The phone's own database, and names for what goes into it: one connection, opened again whenever the system has closed it. */

const NAME = "patrol";
const VERSION = 1;
const STORES = {
  items: { keyPath: "id" },
  files: { keyPath: "id" },
  drafts: { keyPath: "key" },
  points: { keyPath: "id", autoIncrement: true },
  meta: { keyPath: "key" },
};

let connection = null;
const open = new Set(); // transactions that still need this page

/** A request of the database as a promise; inside a transaction only such promises may be awaited. */
export const ask = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function upgrade({ target: { result: db } }) {
  // Only ever add: a store made again would be a store of lost records.
  for (const [name, options] of Object.entries(STORES)) {
    if (!db.objectStoreNames.contains(name)) db.createObjectStore(name, options);
  }
}

function connect() {
  connection ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    const forget = () => { connection = null; };
    request.onupgradeneeded = upgrade;
    request.onerror = () => { forget(); reject(request.error); };
    request.onsuccess = () => {
      const db = request.result;
      db.onclose = forget; // iOS takes the connection away under memory pressure
      db.onversionchange = () => { db.close(); forget(); };
      resolve(db);
    };
  });
  return connection;
}

const finished = (tx) =>
  new Promise((resolve, reject) => {
    tx.oncomplete = resolve;
    tx.onabort = () => reject(tx.error ?? new DOMException("aborted", "AbortError"));
  });

/** Ends a transaction, one way or the other, unless it has ended by itself. */
const end = (tx, how) => { try { tx[how](); } catch { /* it has */ } };

/**
 * Comes true once this page is left. A browser may keep it to come back to, with what it has under way, and on
 * WebKit every other page then waits for that: it is undone, nothing is begun, and who comes back loads the page anew.
 */
export const left = new Promise((resolve) => { globalThis.addEventListener?.("pagehide", resolve); });
let gone = null;
left.then(() => {
  gone = new Promise(() => {});
  open.forEach((tx) => end(tx, "abort"));
  globalThis.onpageshow = document.onvisibilitychange = () => document.hidden || location.reload();
});

/**
 * Does `work(stores)` in one transaction over `names` and gives back its result once the bytes are
 * on the disk (writes are strict). What a dead connection cut short is done once more.
 */
export async function run(names, mode, work, retry = true) {
  let tx;
  try {
    const db = await connect();
    await gone;
    open.add((tx = db.transaction(names, mode, { durability: "strict" })));
    const done = finished(tx);
    done.catch(() => {}); // told below, after the error of the work itself
    const result = await work(Object.fromEntries(names.map((name) => [name, tx.objectStore(name)])));
    end(tx, "commit"); // from here on it needs this page no more
    await done;
    open.delete(tx);
    return result;
  } catch (error) {
    if (tx) end(tx, "abort");
    open.delete(tx);
    await gone;
    if (!retry || !/^(InvalidState|Unknown)Error$/.test(error.name)) throw error;
    connection = null;
    return run(names, mode, work, false);
  }
}

export const read = (name, work) => run([name], "readonly", (stores) => work(stores[name]));
export const write = (name, work) => run([name], "readwrite", (stores) => work(stores[name]));

/** A UUID of version 7: they sort by the moment they were made. */
export function uuid7(now = Date.now()) {
  const at = now.toString(16).padStart(12, "0");
  return `${at.slice(0, 8)}-${at.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

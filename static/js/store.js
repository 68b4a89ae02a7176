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

function open() {
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

/**
 * Does `work(stores)` in one transaction over `names` and gives back its result once the bytes are
 * on the disk (writes are strict). A connection that died meanwhile is opened once more.
 */
export async function run(names, mode, work, retry = true) {
  try {
    const db = await open();
    const tx = db.transaction(names, mode, { durability: "strict" });
    const done = finished(tx);
    done.catch(() => {}); // told below, after the error of the work itself
    const stores = Object.fromEntries(names.map((name) => [name, tx.objectStore(name)]));
    let result;
    try {
      result = await work(stores);
    } catch (error) {
      try { tx.abort(); } catch { /* it has ended by itself */ }
      throw error;
    }
    await done;
    return result;
  } catch (error) {
    if (!retry || error.name !== "InvalidStateError") throw error;
    connection = null;
    return run(names, mode, work, false);
  }
}

export const read = (name, work) => run([name], "readonly", (stores) => work(stores[name]));
export const write = (name, work) => run([name], "readwrite", (stores) => work(stores[name]));

const hex = (byte) => byte.toString(16).padStart(2, "0");

/** A UUID of version 7: they sort by the moment they were made. */
export function uuid7(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))) {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(now) << 16n);
  bytes.set(random, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = Array.from(bytes, hex).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

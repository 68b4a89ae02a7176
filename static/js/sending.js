/** Decides, without touching network or store, what is sent next and what an answer means. */

const SECOND = 1000;
const REFUSALS = new Set([400, 403, 404, 405, 409, 410, 413, 414, 415, 422]);

/** The bytes of a form as a browser would send them; frozen once, never made again. */
export const encode = (fields) => new TextEncoder().encode(new URLSearchParams(fields).toString()).buffer;

/** RFC 9530: the digest of the bytes, as the server wants it in `Content-Digest`. */
export const digestHeader = (hash) => `sha-256=:${btoa(String.fromCharCode(...new Uint8Array(hash)))}:`;

export const toHex = (hash) => Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * What an answer means: "sent", "sign-in" (stop, keep everything), "attention" (a person must
 * look), or "later". Only the echo of our own id counts as sent: a portal's page never does.
 */
export function verdict(status, ack, id) {
  if (status === 401) return "sign-in";
  if (status >= 200 && status < 300) return ack === id ? "sent" : "later";
  return REFUSALS.has(status) ? "attention" : "later";
}

/** What an item says of itself on the way: who froze it, on which phone, where in its chain. */
export function headers(item, { grant, type, digest, id, prev, signature }) {
  const told = {
    "Content-Type": type, "Content-Digest": digest, "Idempotency-Key": id, "X-Author": item.user, "X-Device": item.device,
    "X-Device-Seq": String(item.seq), "X-Prev": prev, "X-Signature": signature, "X-Carrier": item.carrier,
    "X-Grant": grant?.user === item.user && grant.device === item.device ? grant.token : null,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
}

/** Milliseconds to wait after `tries` failures: 2 s doubling to 60 s, spread so phones do not march in step. */
export const pause = (tries, random = Math.random()) =>
  Math.min(60 * SECOND, 2 * SECOND * 2 ** Math.max(0, tries - 1)) * (0.75 + random / 2);

/** Whose an item is to send: its author's, unless somebody carries it for them. */
export const belongs = (item, user) => (item.carrier ?? item.user) === user;

/**
 * Items of `user` that may go now, oldest first. A child waits for every parent that still lies
 * here unacknowledged; an item that failed waits for its own time and holds up nobody else.
 */
export function ready(items, user, now) {
  const unsent = new Set(items.filter((item) => !item.acked).map((item) => item.id));
  return items
    .filter((item) => belongs(item, user) && item.state === "waiting" && (item.next ?? 0) <= now)
    .filter((item) => !(item.after ?? []).some((parent) => unsent.has(parent)))
    .sort((one, other) => one.seq - other.seq);
}

/** When the next item of `user` that nothing blocks is due, or null: what the timer is set to. */
export function wakeAt(items, user) {
  const times = ready(items, user, Infinity).map((item) => item.next ?? 0);
  return times.length ? Math.min(...times) : null;
}

/** The figures of the status line for `user`. */
export function tally(items, user) {
  const mine = items.filter((item) => belongs(item, user));
  return {
    items: mine.filter((item) => !item.acked).length,
    photos: mine.reduce((sum, item) => sum + item.photos, 0),
    attention: mine.filter((item) => item.state === "attention").length,
  };
}

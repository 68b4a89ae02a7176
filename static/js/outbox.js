/** Carries the queue to the server: in order, once, and only an acknowledgement takes an item away. */
import { all, change, filesOf, finish, meta, onChange, remember, remove, removeFile, sender, tell, unpause, user } from "./queue.js";
import { headers, pause, ready, tally, verdict, wakeAt } from "./sending.js";
import { left, uuid7 } from "./store.js";

export { all, onChange, remove, user };

/** Freezes a record; a page with a form to lose fetches what that takes ahead of time. */
export const put = async (record) => (await import("./freezing.js")).put(record);

/** The item under way just now, in this tab. */
export const underWay = () => sending;

const awaited = new Map();
let [running, again] = [null, false];
let timer = null;
let silences = 0;
let sending = null;

async function request(url, method, body, headers) {
  const signal = AbortSignal.timeout(method === "PUT" ? 120_000 : 30_000);
  const answer = await fetch(url, { method, body, headers, signal, redirect: "error", credentials: "same-origin" });
  const rest = Number(answer.headers.get("Retry-After")) || 0; // seconds
  return { status: answer.status, ack: answer.headers.get("X-Outbox-Ack"), html: await answer.text(), rest };
}

/** Whether it is really our server that answers: a portal's page does not know the header. */
export const reachable = () =>
  fetch("/ping", { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(5000) })
    .then((answer) => answer.headers.has("X-Patrol"), () => false);

async function sendPhotos(item, grant) {
  const files = await filesOf(item);
  for (const [n, file] of files.entries()) {
    const answer = await request(file.url, "PUT", file.body, headers(item, { ...file, grant, prev: item.mark }));
    const word = verdict(answer.status, answer.ack, file.id);
    if (word !== "sent") return { ...answer, word };
    await removeFile(file, files.length - n - 1);
  }
  return { word: "sent" };
}

async function sendItem(item, grant) {
  if (!item.acked) {
    const told = headers(item, { ...item, grant, type: "application/x-www-form-urlencoded" });
    const answer = await request(item.url, "POST", item.body, { ...told, "HX-Request": "true" });
    const word = verdict(answer.status, answer.ack, item.id);
    if (word !== "later") awaited.get(item.id)?.(answer);
    if (word !== "sent") return { ...answer, word };
    await change(item.id, { acked: true });
  }
  return sendPhotos(item, grant);
}

/** Sends one item and writes down what came of it; says whether the next may be tried. */
async function settle(item, grant) {
  sending = item.id;
  tell();
  const tries = item.tries + 1;
  const later = { tries, next: Date.now() + pause(tries) };
  let answer;
  try {
    answer = await sendItem(item, grant);
  } catch {
    if (!(await reachable())) { silences += 1; return false; }
    await change(item.id, later); // the server is there: this item alone is at fault, the rest may go
    return true;
  }
  silences = 0;
  if (answer.word === "sent") {
    await finish(item);
    await remember("last", new Date().toISOString());
  } else if (answer.word === "attention") {
    await change(item.id, { state: "attention", status: answer.status, answer: answer.html, tries });
  } else {
    await change(item.id, { tries, next: Math.max(later.next, Date.now() + answer.rest * 1000), status: answer.status });
  }
  await remember("sign-in", answer.word === "sign-in");
  return answer.word !== "sign-in";
}

/** Its parent has a new number, so it is frozen anew; behind no page it waits for one. */
const renew = (item) =>
  import("./refile.js").then(({ refile }) => refile(item)).catch(() => change(item.id, { next: Date.now() + pause(5) }));

async function sendAll(who) {
  const grant = await meta("grant");
  const device = await meta("device"); // records frozen by an older version do not name it
  for (;;) {
    const [item] = ready(await all(who), who, Date.now());
    if (item?.names) await renew(item);
    else if (!item || !(await settle({ device, ...item }, grant).finally(() => { sending = null; }))) break;
  }
}

async function wake(who) {
  clearTimeout(timer);
  const due = wakeAt(await all(who), who);
  if (due !== null) timer = setTimeout(drain, Math.max(pause(Math.max(1, silences)), due - Date.now()));
  else if (user() && !silences) {
    const { afterwards } = await import("./phone.js");
    const wait = await afterwards().catch(() => null);
    if (wait) timer = setTimeout(drain, wait);
  }
}

async function pass() {
  const who = await sender();
  if (!who) return;
  await navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && Promise.race([sendAll(who), left]));
  tell();
  await wake(who);
}

/** Sends what can be sent; one drain at a time in all tabs, none at all in nobody's name. */
export function drain() {
  again = Boolean(running);
  running ??= pass().catch(() => { timer = setTimeout(drain, pause(5)); }).finally(() => {
    running = null;
    return again ? drain() : null;
  });
  return running;
}

/** Sends at once whatever was put off. */
export const hurry = async () => { silences = 0; await unpause(); return drain(); };

/** Puts a record, and what follows it as its `also`, and waits up to `patience` ms for the server: {item, status, html}, status 0 while it waits. */
export async function deliver(record, patience = 4000) {
  const id = record.id ?? uuid7();
  const answered = new Promise((resolve) => { awaited.set(id, resolve); });
  try {
    const item = await put({ ...record, id });
    if (record.also) await put(record.also);
    const queued = { status: 0, html: "" };
    const tried = drain().then(() => queued, () => queued);
    const answer = await Promise.race([answered, navigator.onLine ? tried : queued, new Promise((resolve) => { setTimeout(resolve, patience, queued); })]);
    const gone = answer.status === 0 && !(await all().catch(() => [{ id }])).some((kept) => kept.id === id);
    return { item, ...answer, status: gone ? 200 : answer.status };
  } finally {
    awaited.delete(id);
  }
}

/** The figures of the status line: items and photos waiting, refused ones, when something last got through. */
export const state = async () => ({
  ...tally(await all(), user()), last: await meta("last"), signIn: Boolean(await meta("sign-in")), silent: silences > 0,
});

/** What the phone says of itself once its queue is through: its key, and that nothing is left. */
import { begin, phone, publicKey, sign } from "./keys.js";
import { all, meta, remember, user } from "./queue.js";
import { tally } from "./sending.js";
import { ask, read } from "./store.js";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const SELDOM = 120_000; // ms between two reports of an empty outbox

const post = (url, fields) =>
  fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "HX-Request": "true", "X-Author": user() }, redirect: "error", signal: AbortSignal.timeout(30_000) });

/** Shows the server the public key once a day, and keeps the grant to deliver that comes back. */
async function enrol() {
  const grant = await meta("grant");
  if (grant?.user === user() && Date.now() - grant.at < DAY) return;
  const { device, keys } = await phone();
  if (!keys) return;
  const answer = await post("/devices", {
    device, public_key: await publicKey(keys), label: label(navigator.userAgent),
    signature: await sign(keys, `patrol enrol 1\n${device}\n${user()}`),
  });
  if (answer.status === 409) await begin(true);
  if (!answer.ok) return;
  const { grant: token, until } = await answer.json();
  await remember("grant", { token, until, device, user: user(), at: Date.now() });
}

/** Which browser on what, as people say it: enough to tell phones apart. */
export function label(agent) {
  const browser = ["Edg", "MicroMessenger", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name)) ?? "";
  const system = ["HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) => agent.includes(name)) ?? "";
  return [browser.replace("Edg", "Edge").replace("MicroMessenger", "WeChat"), system].filter(Boolean).join(" · ");
}

/** Whether nothing of this person waits: no record, no photo, no points that would make a batch. */
async function isEmpty() {
  const { items, photos, attention } = tally(await all(), user());
  const points = (await read("points", (store) => ask(store.getAll()))).filter((point) => !point.sent);
  return items + photos + attention === 0 && new Set(points.map(({ round }) => round)).size === points.length; // one alone is no step
}

/** Tells the server that nothing is left; ms until it should be asked again, or null. */
async function confirm() {
  const told = await meta("emptied");
  const last = (await meta("seq")) ?? 0;
  const age = told?.user === user() ? Date.now() - told.at : Infinity;
  if (!last || (told?.last === last && age < HOUR) || !(await isEmpty())) return null;
  if (age < SELDOM) return SELDOM - age;
  const { device } = await phone();
  const answer = await post(`/devices/${device}/empty`, { last });
  if (answer.status === 204) await remember("emptied", { user: user(), last, at: Date.now() });
  return null;
}

/** Says what is due; ms until there is more to say, or null. */
export async function afterwards() {
  await enrol();
  return confirm();
}

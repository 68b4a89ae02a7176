/** The shift pack: what the server lists for today lies on this phone, counted, dated, and said to be whole or not. */
import { carried } from "./carried-map.js";
import { clock } from "./posting.js";
import { user } from "./queue.js";

const SHIFT = "shift"; // the service worker serves it first, and refreshes it
const MAP = "basemap"; // the service worker cuts pieces from it
const LASTS = 12 * 3_600_000; // ms a pack is for one shift
const FRESH = 10 * 60_000; // ms a kept walk needs no renewal
const ABREAST = 4;
const MOST = 6; // walks kept without being asked

export const megabytes = (bytes) => `${(bytes / 1_000_000).toFixed(1)} MB`;

/**
 * Puts every entry into `cache`; an answer that is none leaves the older copy and counts as missing.
 * `get(url)` fetches, `told({done, all, bytes})` hears of every step.
 */
export async function fetched(entries, cache, get, told) {
  const made = { done: 0, all: entries.length, bytes: 0, missing: 0, page: 0, walk: 0, data: 0, picture: 0 };
  const waiting = [...entries];
  const one = async ({ url, kind }) => {
    const answer = await get(url).catch(() => null);
    if (!answer?.ok || answer.redirected) throw new TypeError(url);
    const { byteLength } = await answer.clone().arrayBuffer();
    await cache.put(url, answer);
    made.bytes += byteLength;
    made[kind] += 1;
  };
  const some = async () => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      await one(entry).catch(() => { made.missing += 1; });
      made.done += 1;
      told(made);
    }
  };
  await Promise.all(Array.from({ length: ABREAST }, some));
  return made;
}

/** Whether what was kept serves a shift that begins now: "ready", "partial" or "stale". */
export const judged = (made, now) => (made.missing ? "partial" : now - made.at > LASTS ? "stale" : "ready");

/** The words for a pack; one of another day names its day. */
export function sentence(made, words, now) {
  const at = new Date(made.at);
  const day = at.toDateString() === new Date(now).toDateString() ? "" : `${at.getMonth() + 1}-${at.getDate()} `;
  const figures = {
    pages: made.page + made.walk, cells: made.cells, pictures: made.picture,
    size: megabytes(made.bytes), map: megabytes(made.map ?? 0),
    time: day + clock(at.toISOString()), missing: made.missing, all: made.all,
  };
  const state = judged(made, now);
  return words[state === "ready" && made.map ? "readyMap" : state].replace(/\{(\w+)\}/g, (_, name) => figures[name]);
}

/** The walks a list leads to, each once, as many as a shift needs. */
export const walks = (links) => [...new Set(links.map((link) => link.getAttribute("href")))].slice(0, MOST);

/** What the app itself answers: a portal's page does not know the header. */
async function plain(url) {
  const answer = await fetch(url, { headers: { Accept: "*/*" } });
  if (!answer.headers.has("X-Patrol")) throw new TypeError(url);
  return answer;
}

const young = (answer, now) => Boolean(answer) && now - Date.parse(answer.headers.get("Date")) < FRESH;

/** What nobody asked for and everybody needs: the walks that the list of today leads to. */
async function keepWalks() {
  const pages = await caches.open("pages");
  for (const url of walks([...document.querySelectorAll("#due a[href^='/rounds/new']")])) {
    if (young(await pages.match(url, { ignoreVary: true }), Date.now())) continue;
    const answer = await plain(url).catch(() => null);
    if (!answer) return; // no signal: the pages kept before serve
    if (answer.ok && !answer.redirected) await pages.put(url, answer);
  }
}

/** What was made last, less whatever the browser has thrown away since; null when there is nothing. */
async function last(key) {
  const made = JSON.parse(localStorage.getItem(key) ?? "null");
  if (!made || !(await caches.has(SHIFT))) return null;
  const kept = await Promise.all([SHIFT, ...(made.map ? [MAP] : [])].map(async (name) => (await (await caches.open(name)).keys()).length));
  return { ...made, missing: Math.max(made.missing, made.all - kept.reduce((sum, one) => sum + one)) };
}

async function make(address, told) {
  const { cells, take: all } = await (await plain(address)).json();
  const [take, [map]] = [all.filter(({ kind }) => kind !== "map"), all.filter(({ kind }) => kind === "map")];
  const cache = await caches.open(SHIFT);
  const made = await fetched(take, cache, plain, told);
  if (map) Object.assign(made, await carried(map, await caches.open(MAP), plain, made, told));
  const wanted = new Set(take.map(({ url }) => new URL(url, location).href));
  await Promise.all((await cache.keys()).filter(({ url }) => !wanted.has(url)).map((old) => cache.delete(old)));
  return { ...made, cells, at: Date.now() };
}

export default async function pack(box) {
  if (!("caches" in globalThis) || !user()) return;
  const words = box.dataset;
  const key = `pack:${user()}`;
  const slot = (name) => box.querySelector(`[data-slot=${name}]`);
  const button = box.querySelector("button");
  const say = (text, tone = "") => { slot("told").textContent = text; box.dataset.tone = tone; };

  function show(made) {
    if (!made) return;
    const tone = { ready: "ok", stale: "soon", partial: "bad" }[judged(made, Date.now())];
    say(sentence(made, words, Date.now()), tone);
    button.dataset.kind = tone === "ok" ? "plain" : "primary";
  }

  async function press() {
    const bar = slot("bar");
    button.disabled = true;
    bar.hidden = false;
    try {
      const made = await make(words.list, ({ done, all, bytes }) => {
        [bar.value, bar.max] = [done, all];
        slot("count").textContent = `${done} / ${all} · ${megabytes(bytes)}`;
      });
      localStorage.setItem(key, JSON.stringify(made));
      show(made);
    } catch {
      say(words.failed, "bad");
    }
    slot("count").textContent = "";
    bar.hidden = true;
    button.disabled = false;
  }

  box.hidden = false;
  button.addEventListener("click", press);
  show(await last(key));
  if (navigator.serviceWorker?.controller) await keepWalks();
}

{#- The service worker: GET only. Pages of the shift and our own files come from the cache first, all else from the network. -#}
{% if sync %}
import { sendBehind } from {{ asset_url("js/background.js") | tojson }};
self.addEventListener("sync", (event) => event.waitUntil(sendBehind()));
{% endif %}
const VERSION = {{ version | tojson }};
const ASSETS = {{ asset_urls(".js", ".css", ".svg") | tojson }};
const STATIC = {{ asset_url("") | tojson }}.slice(0, -1);
const START = ["/offline"];
const FILES = `files-${VERSION}`;
const PAGES = "pages";
const SHIFT = "shift"; // what "make ready for offline" put there; pack.js fills and empties it
const BASEMAP = "basemap"; // the archive of the map, whole; it says nothing of anybody and outlasts a sign-out
const PATIENCE = 4000;
const MOST_PAGES = 120;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const files = await caches.open(FILES);
    // Without cookies: a page kept for everybody must not carry somebody's name.
    await files.addAll([...ASSETS, ...START].map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("files-") && name !== FILES) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const { data } = event;
  if (data === "skip-waiting") self.skipWaiting();
  if (data === "claim") event.waitUntil(self.clients.claim());
  if (Array.isArray(data)) event.waitUntil(keepAlways(data));
});

/** Whether somebody else has answered, such as a portal or a proxy whose server is away. */
const isStrange = (answer) => answer.type !== "opaqueredirect" && !answer.headers.has("X-Patrol");

/** What is for now alone, such as another's track while it is open; no page of a shift is. */
const isForNow = (answer) => (answer.headers.get("Cache-Control") ?? "").includes("no-store");

/** A page we were sent away to (a sign-in) must not replace the round it stands in for, nor may a stranger's. */
const isKeepable = (answer) => answer.ok && !answer.redirected && !isStrange(answer) && !isForNow(answer);

/** Whoever has just signed in may be another person: nothing that is kept is shown to them. */
const hasSignedIn = ({ referrer }) => new URL(referrer, location).pathname === "/sign-in";

async function keep(request, answer) {
  const pages = await caches.open(PAGES);
  await pages.delete(request); // put anew, so that the oldest stands first
  await pages.put(request, answer);
  const kept = await pages.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST_PAGES)).map((old) => pages.delete(old)));
}

/** Keeps the few pages that must open without a network, unless they lie here. */
async function keepAlways(urls) {
  const pages = await caches.open(PAGES);
  for (const url of urls) {
    if (await pages.match(url, { ignoreVary: true })) continue;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && isKeepable(answer)) await pages.put(url, answer);
  }
}

/** Without a network a tag leads to the walk kept on this phone that has its cell. */
async function walkOf(url) {
  const [, token, code] = /^\/t\/(([\w-]+)\..+)$/.exec(url.pathname) ?? [];
  if (!token) return undefined;
  for (const name of [SHIFT, PAGES]) {
    const pages = await caches.open(name);
    for (const request of await pages.keys()) {
      const { pathname, search } = new URL(request.url);
      if (!pathname.startsWith("/rounds/")) continue;
      const kept = await pages.match(request, { ignoreVary: true });
      if ((await kept.text()).includes(`data-code="${code}"`)) return Response.redirect(`${pathname}${search}#tag=${token}`, 303);
    }
  }
  return undefined;
}

/** A page without what differs each time it is written: numbers of forms, moments, what is left of a clock. */
const essence = (html) => html.replace(/[\da-f]{8}-[\da-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+]+Z?/g, "").replace(/<span class="left"[^]*?<\/span>/g, "");

/** Fetches a page of the shift anew behind the one shown, and tells that one when it is out of date. */
async function renew({ request, resultingClientId }, kept) {
  const answer = await fetch(request).catch(() => null);
  if (!answer || answer.status >= 500 || isStrange(answer)) return;
  const good = isKeepable(answer);
  if (good) {
    const shift = await caches.open(SHIFT);
    await shift.put(request, answer.clone());
    if (essence(await answer.text()) === essence(await kept.text())) return;
  }
  const client = await self.clients.get(resultingClientId);
  client?.postMessage({ shown: request.url, now: good ? request.url : answer.url });
}

async function fromNetwork(event) {
  const answer = await fetch(event.request);
  if (isKeepable(answer)) event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

const offline = async () => (await caches.match(START[0], { cacheName: FILES, ignoreVary: true })) ?? Response.error();

async function page(event) {
  if (hasSignedIn(event.request)) return fromNetwork(event).catch(() => offline());
  const ready = await caches.match(event.request, { cacheName: SHIFT, ignoreVary: true });
  if (ready && event.request.mode === "navigate") {
    event.waitUntil(renew(event, ready.clone()));
    return ready;
  }
  const fresh = fromNetwork(event);
  event.waitUntil(fresh.catch(() => {})); // what comes after the patience is kept all the same
  const kept = (await caches.match(event.request, { cacheName: PAGES, ignoreVary: true })) ?? ready;
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, kept); });
  try {
    const answer = (kept && (await Promise.race([fresh, late]))) || (await fresh);
    return kept && isStrange(answer) ? kept : answer;
  } catch {
    if (kept) return kept;
    if (event.request.mode !== "navigate") return Response.error();
    return (await walkOf(new URL(event.request.url))) ?? offline();
  }
}

{% include "sw_files.js" %}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) return event.respondWith(file(event));
  if (url.pathname.startsWith("/basemap/")) return event.respondWith(piece(event));
  if (request.destination === "image") return event.respondWith(picture(event));
  const wanted = request.mode === "navigate" || (request.headers.get("Accept") ?? "").includes("json");
  if (wanted && !request.headers.has("HX-Request")) event.respondWith(page(event));
});

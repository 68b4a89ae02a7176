{#- The service worker: GET only, pages from the network first, our own files from the cache first. -#}
{% if sync %}
import { sendBehind } from {{ asset_url("js/background.js") | tojson }};
self.addEventListener("sync", (event) => event.waitUntil(sendBehind()));
{% endif %}
const VERSION = {{ version | tojson }};
const ASSETS = {{ asset_urls(".js", ".css", ".svg") | tojson }};
const START = ["/offline"];
const FILES = `files-${VERSION}`;
const PAGES = "pages";
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
});

async function keep(request, answer) {
  const pages = await caches.open(PAGES);
  await pages.delete(request); // put anew, so that the oldest stands first
  await pages.put(request, answer);
  const kept = await pages.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST_PAGES)).map((old) => pages.delete(old)));
}

/** Without a network a tag leads to the walk kept on this phone that has its cell. */
async function walkOf(url) {
  const [, token, code] = /^\/t\/(([\w-]+)\..+)$/.exec(url.pathname) ?? [];
  if (!token) return undefined;
  const pages = await caches.open(PAGES);
  for (const request of await pages.keys()) {
    const { pathname, search } = new URL(request.url);
    if (!pathname.startsWith("/rounds/")) continue;
    const kept = await pages.match(request, { ignoreVary: true });
    if ((await kept.text()).includes(`data-code="${code}"`)) return Response.redirect(`${pathname}${search}#tag=${token}`, 303);
  }
  return undefined;
}

async function fromNetwork(event) {
  const answer = await fetch(event.request);
  // A page we were sent away from (a sign-in) must not replace the round it stands in for.
  if (answer.ok && !answer.redirected) event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

async function page(event) {
  const fresh = fromNetwork(event);
  fresh.catch(() => {});
  const kept = await caches.match(event.request, { cacheName: PAGES, ignoreVary: true });
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, kept); });
  try {
    return (kept && (await Promise.race([fresh, late]))) || (await fresh);
  } catch {
    if (kept) return kept;
    if (event.request.mode !== "navigate") return Response.error();
    return (await walkOf(new URL(event.request.url))) ?? (await caches.match(START[0], { cacheName: FILES, ignoreVary: true })) ?? Response.error();
  }
}

async function file(event) {
  const kept = await caches.match(event.request, { cacheName: FILES, ignoreSearch: false });
  return kept ?? fetch(event.request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) return event.respondWith(file(event));
  const wanted = request.mode === "navigate" || (request.headers.get("Accept") ?? "").includes("json");
  if (wanted && !request.headers.has("HX-Request")) event.respondWith(page(event));
});

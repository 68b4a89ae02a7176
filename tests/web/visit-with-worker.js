/** Visits pages through the service worker on standard input; prints what it then keeps of them. */
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const answers = JSON.parse(process.argv[2]); // path → Cache-Control
const location = new URL("https://patrol.test/");
const shelves = new Map();
const heard = {};

function shelf(name) {
  const kept = new Map();
  return {
    match: async (request) => kept.get(request.url ?? request),
    put: async (request, answer) => { kept.set(request.url, answer); },
    delete: async (request) => kept.delete(request.url),
    keys: async () => [...kept.keys()].map((url) => ({ url })),
  };
}
const caches = {
  open: async (name) => shelves.get(name) ?? shelves.set(name, shelf(name)).get(name),
  match: async (request, { cacheName }) => (await caches.open(cacheName)).match(request),
};
const fetch = async ({ url }) => {
  const told = { "Cache-Control": answers[new URL(url).pathname], "X-Patrol": "here" };
  return new Response("<title>a page</title>", { headers: told });
};
const self = { addEventListener: (kind, listener) => { heard[kind] = listener; }, location };
const late = (done, ms, value) => setTimeout(done, ms, value).unref();
runInContext(readFileSync(0, "utf8"), createContext({ self, caches, fetch, location, URL, Response, Request, setTimeout: late }));

for (const path of Object.keys(answers)) {
  const waited = [];
  const request = { url: location.origin + path, method: "GET", mode: "navigate", referrer: "", destination: "document", headers: new Headers() };
  heard.fetch({ request, respondWith: (answer) => waited.push(answer), waitUntil: (work) => waited.push(work) });
  for (const one of waited) await one; // what it waits for may grow meanwhile
}
const pages = await (await caches.open("pages")).keys();
console.log(JSON.stringify(pages.map(({ url }) => new URL(url).pathname)));

/** The shift pack: keeps the walks of today's list on the phone, so that a round starts without signal. */

const FRESH = 10 * 60_000; // ms a kept page needs no renewal
const MOST = 6; // walks

const young = (answer, now) => Boolean(answer) && now - Date.parse(answer.headers.get("Date")) < FRESH;

/** The walks a list leads to, each once, as many as a shift needs. */
export const walks = (links) => [...new Set(links.map((link) => link.getAttribute("href")))].slice(0, MOST);

export default async function pack(list) {
  if (!("caches" in globalThis) || !navigator.serviceWorker?.controller) return;
  const pages = await caches.open("pages");
  for (const url of walks([...list.querySelectorAll("a[href^='/rounds/new']")])) {
    if (young(await pages.match(url, { ignoreVary: true }), Date.now())) continue;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer) return; // no signal: the pages kept before serve
    if (answer.ok && !answer.redirected) await pages.put(url, answer);
  }
}

/** What a phone without a network still has: the pages kept on it, and what waits to be sent. */
import { waitingRow } from "./posting.js";
import { all } from "./queue.js";

const SHELVES = ["shift", "pages"];
const MOST = 40;

/** [title, path, whose] of a kept page; null when it is none a person would open. */
export function about(url, html) {
  const { pathname, search } = new URL(url);
  const title = /<title>([^<]*) · [^<]*<\/title>/.exec(html)?.[1];
  return title ? [title.replace(/&amp;/g, "&").replace(/&#39;/g, "'"), pathname + search, /<body data-user="([^"]*)"/.exec(html)?.[1] ?? ""] : null;
}

async function pages() {
  const found = new Map();
  for (const name of SHELVES) {
    if (!(await caches.has(name))) continue;
    const cache = await caches.open(name);
    for (const request of (await cache.keys()).slice(-MOST)) {
      const answer = await cache.match(request, { ignoreVary: true });
      if (!answer?.headers.get("Content-Type")?.startsWith("text/html")) continue;
      const page = about(request.url, await answer.text());
      if (page && !found.has(page[1])) found.set(page[1], page);
    }
  }
  return [...found.values()];
}

function line(content) {
  const item = document.createElement("li");
  item.append(content);
  return item;
}

function link([title, path]) {
  const anchor = document.createElement("a");
  Object.assign(anchor, { href: path, textContent: title });
  const row = document.createElement("div");
  row.className = "row";
  row.append(anchor);
  return line(row);
}

function show(box, lines) {
  box.querySelector("ul").replaceChildren(...lines);
  box.hidden = lines.length === 0;
}

/** A record on its way, or one the server refused, which waits for its author. */
function waiting(item, refused) {
  const row = waitingRow(item);
  const badge = row.querySelector(".badge");
  if (item.state === "attention" && badge) {
    badge.dataset.tone = "bad";
    badge.lastChild.textContent = refused;
  }
  return line(row);
}

export default async function kept(box) {
  if (!("caches" in globalThis)) return;
  const here = await pages();
  show(box.querySelector("[data-kept]"), here.map(link));
  const who = here.find(([, , user]) => user)?.[2]; // this page is for everybody; the kept ones are somebody's
  const section = box.querySelector("[data-waiting]");
  if (who) show(section, (await all(who)).map((item) => waiting(item, section.dataset.refused)));
}

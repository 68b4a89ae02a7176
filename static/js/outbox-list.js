/** The outbox as a list one can trust: what, when, how large, in which state, and what to do about it. */
import { all, hurry, onChange, remove, retry, user } from "./outbox.js";
import { clock } from "./posting.js";
import { filesOf, keepDraft } from "./queue.js";
import { draftOf } from "./report-record.js";

const kilobytes = (bytes) => `${Math.max(1, Math.round(bytes / 1024))} kB`;
const base64 = (buffer) => {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};

/** The words of a refusal out of the page or piece the server sent, without its markup. */
function saidIn(html) {
  const page = new DOMParser().parseFromString(html ?? "", "text/html");
  const told = page.querySelector("[role=alert], .notice, main") ?? page.body;
  return told.textContent.replace(/\s+/g, " ").trim().slice(0, 600);
}

function stateOf(item, words) {
  if (item.state === "attention") return [words.attention, "bad"];
  const told = item.acked ? words.sending : words.waiting;
  return [item.tries > 1 ? `${told} · ${words.retried.replace("{n}", item.tries)}` : told, "soon"];
}

/** Opens a refused finding in the report form again, photos and all; it goes out under a new number. */
async function edit(item) {
  const written = new TextDecoder().decode(item.body);
  await keepDraft(`report:${user()}`, draftOf(written, await filesOf(item.id)));
  await remove(item.id);
  location.assign("/findings/new");
}

function line(template, item, words) {
  const row = template.content.cloneNode(true).firstElementChild;
  const slot = (name) => row.querySelector(`[data-slot=${name}]`);
  const [state, tone] = stateOf(item, words);
  slot("label").textContent = item.label;
  slot("at").textContent = clock(item.at);
  slot("at").dateTime = item.at;
  slot("size").textContent = [kilobytes(item.size), item.photos && words.photos.replace("{n}", item.photos)].filter(Boolean).join(" · ");
  slot("state").textContent = state;
  slot("state").dataset.tone = tone;
  if (item.state !== "attention") return row;
  row.querySelector("[data-answer]").hidden = !item.answer;
  slot("answer").textContent = saidIn(item.answer);
  row.querySelector("[data-attention]").hidden = false;
  row.querySelector("[data-retry]").addEventListener("click", () => retry(item.id));
  row.querySelector("[data-drop]").addEventListener("click", () => confirm(words.sure) && remove(item.id));
  const again = row.querySelector("[data-edit]");
  again.hidden = item.kind !== "finding" || item.acked;
  again.addEventListener("click", () => edit(item));
  return row;
}

/** Everything that waits, as one JSON file with the frozen bytes: the way out when all else fails. */
async function exported() {
  const items = await Promise.all((await all()).map(async (item) => ({
    ...item, body: new TextDecoder().decode(item.body),
    files: (await filesOf(item.id)).map(({ id, url, type, body, digest }) => ({ id, url, type, digest, body: base64(body) })),
  })));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ user: user(), items }, null, 1)], { type: "application/json" }));
  link.download = `outbox-${new Date().toISOString().slice(0, 16).replace(":", "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export default async function outboxList(box) {
  const find = (name) => box.querySelector(`[data-${name}]`);
  const words = find("words").dataset;
  const paint = async () => {
    const items = await all();
    find("list").replaceChildren(...items.map((item) => line(find("row"), item, words)));
    find("empty").hidden = items.length > 0;
    find("acts").hidden = items.length === 0;
  };
  find("send").addEventListener("click", () => hurry());
  find("export").addEventListener("click", () => exported());
  onChange(paint);
  await paint();
}

/** The outbox as a list one can trust: what, when, how large, in which state, and what to do about it. */
import { all, drain, hurry, onChange, remove, underWay, user } from "./outbox.js";
import { clock } from "./posting.js";
import { change as alter, meta } from "./queue.js";

const kilobytes = (bytes) => `${Math.max(1, Math.round(bytes / 1024))} kB`;

/** The words of a refusal out of the page or piece the server sent, without its markup. */
function saidIn(html) {
  const page = new DOMParser().parseFromString(html ?? "", "text/html");
  const told = page.querySelector("[role=alert], .notice, main") ?? page.body;
  return told.textContent.replace(/\s+/g, " ").trim().slice(0, 600);
}

/** [words, tone] of where an item stands; `now` is the id of the one under way. */
export function stateOf(item, words, now) {
  if (item.state === "attention") return [words.attention, "bad"];
  if (item.id === now) return [words.sending, "info"];
  const told = item.acked ? words.photosFollow : words.waiting;
  return [item.tries > 1 ? `${told} · ${words.retried.replace("{n}", item.tries)}` : told, "soon"];
}

function filled(template, item, words, [state, tone]) {
  const row = template.content.cloneNode(true).firstElementChild;
  const slot = (name) => row.querySelector(`[data-slot=${name}]`);
  slot("label").textContent = item.label;
  slot("at").textContent = clock(item.at);
  slot("at").dateTime = item.at;
  slot("size").textContent = [kilobytes(item.size), item.photos && words.photos.replace("{n}", item.photos), item.carrier && words.carried].filter(Boolean).join(" · ");
  slot("state").textContent = state;
  slot("state").dataset.tone = tone;
  return row;
}

/** Tries a refused item once more, as it is. */
const retry = async (id) => { await alter(id, { state: "waiting", tries: 0, next: 0 }); return drain(); };

async function change(row, item) {
  const { formOf, refile, reopen } = await import("./refile.js");
  if (item.kind === "finding") return reopen(item);
  const form = formOf(item);
  if (!form) return refile(item).then(() => hurry());
  form.addEventListener("submit", () => setTimeout(hurry, 500));
  row.querySelector("[data-form]").replaceChildren(form);
  return form.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea, button")?.focus();
}

function line(template, item, words) {
  const row = filled(template, item, words, stateOf(item, words, underWay()));
  row.dataset.item = item.id;
  if (item.state !== "attention") return row;
  const on = (name, act) => row.querySelector(`[data-${name}]`).addEventListener("click", act);
  row.querySelector("[data-answer]").hidden = !item.answer;
  row.querySelector("[data-slot=answer]").textContent = saidIn(item.answer);
  row.querySelector("[data-attention]").hidden = false;
  on("retry", () => retry(item.id));
  on("drop", () => confirm(words.sure) && remove(item));
  row.querySelector("[data-edit]").hidden = item.acked || Boolean(item.carrier);
  on("edit", () => change(row, item));
  return row;
}

export default async function outboxList(box) {
  const find = (name) => box.querySelector(`[data-${name}]`);
  const words = find("words").dataset;
  const told = find("told");
  const paint = async () => {
    if (box.querySelector("[data-form] form")) return; // nothing moves under a finger
    const items = await all();
    const stored = ((await meta("stored")) ?? []).filter((item) => item.user === user());
    find("list").replaceChildren(...items.map((item) => line(find("row"), item, words)));
    find("stored").replaceChildren(...stored.map((item) => filled(find("row"), item, words, [words.stored.replace("{time}", clock(item.stored)), "ok"])));
    find("stored-box").hidden = stored.length === 0;
    find("empty").hidden = items.length > 0;
    find("acts").hidden = items.length === 0;
  };
  const take = async (input) => {
    const [file] = input.files;
    input.value = "";
    told.hidden = false;
    const { load } = await import("./carry.js");
    told.textContent = await load(file).then((n) => words.taken.replace("{n}", n), () => words.unreadable);
    hurry();
  };
  find("send").addEventListener("click", () => hurry());
  find("export").addEventListener("click", async () => (await import("./carry.js")).save());
  find("import").addEventListener("change", ({ target }) => target.files.length && take(target));
  onChange(paint);
  await paint();
}

/**
 * Sends every `form[data-outbox]` through the outbox, online too, with htmx or without.
 *
 * data-outbox="visit"            what kind of record it is
 * data-outbox-label="打卡 12号格"  what the officer reads in the outbox
 * data-outbox-after="id id"      ids that must be acknowledged first
 * data-outbox-next="/rounds/…"   where to go once the record is safe (without htmx)
 * Empty fields named id, made_at and seen_at are filled with the item's id and the moment of freezing;
 * `_id`, the number for browsers without script, is left out: a cached page would use it twice.
 */
import { deliver, remove, user } from "./outbox.js";
import { uuid7 } from "./store.js";

/** The pairs a form would post, files left out, with the blanks filled that only the phone knows. */
export function freeze(data, id, at) {
  const blanks = { id, made_at: at, seen_at: at };
  return [...data]
    .filter(([name, value]) => typeof value === "string" && name !== "_id")
    .map(([name, value]) => [name, value || (blanks[name] ?? "")]);
}

/** What the page shows for a record that has not been answered yet: the server's own template, filled. */
export function waitingRow(item) {
  const template = document.querySelector("template#outbox-row");
  if (!template) return document.createElement("p");
  const row = template.content.cloneNode(true).firstElementChild;
  row.dataset.item = item.id;
  row.querySelector("[data-slot=label]").textContent = item.label;
  row.querySelector("[data-slot=at]").textContent = clock(item.at);
  return row;
}

export const clock = (iso) =>
  new Date(iso).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23" });

/** Under which name the words being written in a form are kept until it is sent. */
export const draftKey = (form) => `form:${user()}:${form.getAttribute("action")}`;

function recordOf(form, data) {
  const { outbox, outboxLabel, outboxAfter = "" } = form.dataset;
  const id = uuid7();
  return {
    id, kind: outbox, label: outboxLabel ?? document.title, url: form.getAttribute("action") ?? location.pathname,
    fields: freeze(data, id, new Date().toISOString()), after: outboxAfter.split(" ").filter(Boolean), draft: draftKey(form),
  };
}

/** Sends `form`; a record the server refuses while its form is still in view goes back to the form. */
export async function post(form, data) {
  const answer = await deliver(recordOf(form, data));
  if (answer.status === 422 && answer.html) await remove(answer.item);
  return answer;
}

async function answerFor(form, data) {
  const { item, status, html } = await post(form, data);
  const body = status === 0 ? waitingRow(item).outerHTML : html;
  return new Response(body, { status: status || 202, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** Puts the server's answer in place of a form it refused, at what is wrong. */
export function show(form, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const twin = (form.id && page.getElementById(form.id)) || page.querySelector("form") || page.body.firstElementChild;
  if (!twin) return;
  form.replaceWith(twin);
  document.dispatchEvent(new CustomEvent("patrol:swap"));
  twin.querySelector("[aria-invalid=true], [role=alert]")?.focus();
}

async function submit(form, submitter) {
  const data = new FormData(form, submitter);
  const { status, html, item } = await post(form, data);
  if (status === 422) return show(form, html);
  if (form.dataset.outboxNext) return location.assign(form.dataset.outboxNext);
  return status === 0 ? form.replaceWith(waitingRow(item)) : location.reload();
}

/** Does `work` for a form once: until it has failed, further taps are none. */
export function busy(form, work) {
  form.ariaBusy = true;
  work.catch(() => { form.ariaBusy = null; });
  return work;
}

/** Listens once for the whole document; forms that name their own module in data-outbox-by are left to it. */
export default function posting() {
  let tenths = 50; // of a second to wait for such a module: a tap that comes before it is not lost
  if (document.querySelector("form[data-outbox]")) import("./freezing.js"); // before the network can go
  const worded = [...document.querySelectorAll("form[data-outbox]:not([data-module])")].filter((form) => form.querySelector("textarea, [type=text]"));
  if (worded.length) import("./drafts.js").then(({ default: keep }) => keep(worded));
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (form.matches?.("form[data-outbox]:not([data-outbox-by])")) ctx.fetch = () => answerFor(form, ctx.request.body);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const ours = form.matches("form[data-outbox]:not([data-outbox-by])") && !form.matches("[hx-post], [hx-put]");
    if (!ours || event.defaultPrevented) return;
    event.preventDefault();
    busy(form, submit(form, event.submitter)).catch(async () => (await import("./unkept.js")).default(form));
  });
  addEventListener("submit", (event) => {
    if (!event.target.ariaBusy) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || !form.dataset.outboxBy || tenths-- < 1) return;
    event.preventDefault();
    setTimeout(() => form.requestSubmit(submitter), 100);
  });
}

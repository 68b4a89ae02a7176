/** Files a refused record anew under a new number that names the old one, and what waited for it. */
import { put } from "./freezing.js";
import { filesOf, keepDraft, user } from "./queue.js";
import { uuid7 } from "./store.js";

const written = (item) => new TextDecoder().decode(item.body);
const ABOUT_ITSELF = ["supersedes", "supersedes_seq"];

/** The pairs of a frozen record; what it superseded is left out, the new one names its own. */
export const fieldsOf = (item) => [...new URLSearchParams(written(item))].filter(([name]) => !ABOUT_ITSELF.includes(name));

/** A refused finding as a draft of the report again: what was written, and its photos. */
export function draftOf(body, files) {
  const fields = [...new URLSearchParams(body)].filter(([name]) => name !== "photo");
  const photos = files.filter((file) => file.about).map(({ body: bytes, thumb, type, about }) => ({ ...about, body: bytes, thumb, type }));
  return { fields, photos, placed: true };
}

/** The record that takes the place of `item` under `id`, with every name of `names` changed alike. */
export function renewed(item, fields, files, id) {
  const names = [...(item.names ?? []), [item.id, id]];
  const renamed = (text) => names.reduce((told, [old, now]) => told.replaceAll(old, now), text);
  return {
    id, kind: item.kind, label: item.label, url: renamed(item.url), after: item.after, replaces: item.id,
    fields: fields.map(([name, value]) => [name, renamed(value)]),
    files: files.map((file) => ({ ...file, url: renamed(file.url) })),
  };
}

/** Files `item` anew with these fields; what waits for it follows when its turn comes. */
export const refile = async (item, fields = fieldsOf(item)) => put(renewed(item, fields, await filesOf(item), uuid7()));

/** Opens a refused finding in the report form again, photos and all; saving it files it anew. */
export async function reopen(item) {
  const draft = draftOf(written(item), await filesOf(item));
  await keepDraft(`report:${user()}`, { ...draft, supersedes: item.id });
  location.assign("/findings/new");
}

/** The form the server answered with, filled as it was and ready to be filed anew; null if it sent none. */
export function formOf(item) {
  const form = new DOMParser().parseFromString(item.answer ?? "", "text/html").querySelector("form[method=post]");
  if (!form) return null;
  for (const name of ["data-outbox", "data-outbox-by", "data-module", "hx-post", "id"]) form.removeAttribute(name);
  for (const [name, value] of fieldsOf(item)) {
    const control = form.elements.namedItem(name);
    if (control instanceof RadioNodeList) {
      for (const one of control) if (one.value === value) one.checked = true;
    } else if (control?.type === "checkbox") control.checked ||= control.value === value;
    else if (control) control.value = value;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = [...new FormData(form, event.submitter)].filter(([name, value]) => typeof value === "string" && name !== "_id");
    const shown = new Set([...form.elements].map((control) => control.name));
    await refile(item, [...fieldsOf(item).filter(([name]) => !shown.has(name)), ...told]);
  });
  return document.adoptNode(form);
}

/** An unannounced check on a phone: camera first, kept on every change, saved with its photos into the outbox. */
import camera, { filesAt } from "./camera.js";
import { contents, fill } from "./drafts.js";
import { deliver, remove, user } from "./outbox.js";
import { announce } from "./photo.js";
import { follow } from "./position.js";
import { busy, freeze, show } from "./posting.js";
import { draft, dropDraft, keepDraft } from "./queue.js";
import { uuid7 } from "./store.js";

const PAUSE = 800; // ms after the last letter

export default async function check(form) {
  if (!user() || !("indexedDB" in globalThis)) return;
  const words = form.dataset;
  const key = `check:${user()}:${form.elements.check_id?.value ?? ""}`;
  const { photos, restore, settled } = camera(form, { view: "near", changed });
  const where = form.querySelector("[data-module=locate]");
  let typing = null;

  const keep = () => keepDraft(key, { contents: contents(form), photos, seen: form.elements.seen_at.value });
  function changed(photo) {
    if (photo) form.elements.seen_at.value ||= photo.takenAt;
    return keep();
  }

  async function save() {
    clearTimeout(typing);
    await settled();
    const [id, address] = [uuid7(), form.getAttribute("action")];
    const announced = photos.map((photo) => ["photo", announce(photo)]);
    const fields = freeze(new FormData(form), id, new Date().toISOString()).concat(announced);
    const { item, status, html } = await deliver({
      id, kind: words.outbox, label: words.outboxLabel, url: address, fields, files: filesAt(`${address}/${id}`, photos), draft: key,
    });
    if (status === 422) {
      await keep();
      await remove(item);
      return show(form, html);
    }
    await dropDraft(key); // a change may have kept it again meanwhile
    location.assign(status >= 200 && status < 300 ? `${address}/${id}` : words.outboxNext);
  }

  form.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(keep, PAUSE); });
  form.addEventListener("change", ({ target }) => {
    if (target.type === "file") return;
    if (["lon", "lat"].includes(target.name)) where.dataset.moved = ""; // fixes no longer do
    keep();
  });
  where.querySelector("button").addEventListener("click", () => { delete where.dataset.moved; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form, save()).catch(() => { form.querySelector("[data-unkept-box]").hidden = false; });
  });

  const kept = await draft(key);
  if (kept) {
    fill(form, kept.contents);
    form.elements.seen_at.value ||= kept.seen;
    restore(kept.photos);
  }
  follow((fix) => document.dispatchEvent(new CustomEvent("patrol:fix", { detail: fix }))); // the field of the place listens
}

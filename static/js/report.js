/**
 * The report of a finding: photo first, place filled in, everything kept on every change, and saved
 * into the outbox with its photos in one transaction. The form is templates/findings/new.html.
 */
import camera, { filesAt } from "./camera.js";
import { current } from "./memory.js";
import { deliver, remove, user } from "./outbox.js";
import { announce } from "./photo.js";
import { follow, lastFix, moved } from "./position.js";
import { busy, freeze, show, waitingRow } from "./posting.js";
import { draft, dropDraft, keepDraft } from "./queue.js";
import { uuid7 } from "./store.js";

const [VIEW, PAUSE] = ["near", 800]; // ms after the first letter that is not kept yet

const NOT_SENT = /^(stop_|_id$|then$)/; // the act to stop is a record of its own

export default async function report(form) {
  if (!user() || !("indexedDB" in globalThis)) return;
  const key = `report:${user()}`;
  const words = form.dataset;
  const find = (name) => form.querySelector(`[data-${name}]`);
  const field = (name) => form.elements[name];
  const { photos, restore: restorePhotos, settled } = camera(form, { view: VIEW, changed });
  let [placed, supersedes, stopping, typing] = [false, null, false, null]; // moved by the officer: fixes no longer do; filed anew for

  const keep = () => keepDraft(key, { fields: [...new FormData(form)].filter(([, value]) => typeof value === "string"), photos, placed, supersedes });

  function changed(photo) {
    if (photo) field("seen_at").value ||= photo.takenAt;
    return keep();
  }

  const say = (text) => { find("place").textContent = text; };
  const place = ({ lon, lat }) => { field("lon").value = lon; field("lat").value = lat; };
  function located(fix) {
    field("own_lon").value = fix.lon;
    field("own_lat").value = fix.lat;
    field("own_accuracy").value = fix.accuracy;
    say(words.near.replace("{m}", fix.accuracy));
    if (placed) return;
    const first = !field("lon").value;
    place(fix);
    if (first || !find("repeats").hasChildNodes()) repeats();
  }
  function nudge(button) {
    placed = true;
    place(moved({ lon: Number(field("lon").value), lat: Number(field("lat").value) }, Number(button.dataset.east), Number(button.dataset.north)));
    keep();
    repeats();
  }

  /** Asks, where there is a network, which cell it is, who answers there and whether it is known already. */
  async function repeats() {
    const [box, code] = [find("repeats"), new FormData(form).get("code")];
    if (!field("lon").value) return;
    const asked = new URLSearchParams({ code: code ?? "", lon: field("lon").value, lat: field("lat").value });
    const answer = await fetch(`${box.dataset.address}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) box.innerHTML = await answer.text(); // our own server's piece, escaped there
  }

  async function restore() {
    const kept = await draft(key);
    if (!kept) return;
    ({ placed, supersedes = null } = kept);
    for (const [name, value] of kept.fields) {
      const control = field(name);
      if (!control || name === "_id") continue;
      if (control.type === "checkbox") control.checked = true; else control.value = value;
    }
    form.querySelector("details[data-more] :checked")?.closest("details").setAttribute("open", "");
    restorePhotos(kept.photos);
  }

  async function save() {
    clearTimeout(typing);
    typing = null;
    await settled();
    const round = field("round_id").value = current(field("round_id").value); // begun here since this page was written?
    const data = new FormData(form);
    const label = form.querySelector("[name=code]:checked")?.nextElementSibling.textContent ?? words.outboxLabel;
    const address = form.getAttribute("action");
    const [finding, stop] = records(data, photos, { id: uuid7(), at: new Date().toISOString(), address, label, stopLabel: words.stopLabel, draft: key });
    const { item, status, html } = await deliver({ ...finding, also: stopping && stop, replaces: supersedes, after: [round].filter(Boolean) });
    if (status === 422) {
      supersedes &&= item.id; // what waited for the one before waits for this one now
      await keep();
      await remove(stop);
      if (!supersedes) await remove(item);
      return show(form, html);
    }
    if (!status) form.replaceWith(waitingRow(item));
    await dropDraft(key); // a change may have kept it again meanwhile
    location.assign(status && status < 300 ? `${address}/${finding.id}` : words.outboxNext);
  }

  form.addEventListener("input", () => { typing ??= setTimeout(() => { typing = null; keep(); }, PAUSE); });
  form.addEventListener("change", ({ target }) => {
    if (target.type === "file") return;
    if (target.name === "lon" || target.name === "lat") placed = true;
    if (target.name === "code") repeats();
    keep();
  });
  form.addEventListener("invalid", ({ target }) => target.closest("details")?.setAttribute("open", ""), true);
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.east) nudge(button);
    if (button?.matches("[data-here]")) { placed = false; if (lastFix()) located(lastFix()); }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wantsStop = event.submitter?.matches("[data-save-stop]");
    if (wantsStop && !stopping) {
      stopping = true;
      find("stop").hidden = false;
      return find("stop").scrollIntoView({ block: "center" });
    }
    busy(form, save()).catch(() => { find("unkept-box").textContent = words.unkept; find("unkept-box").hidden = false; });
  });

  await restore();
  find("arrows").hidden = false;
  follow(located, (code) => { find("move").open ||= !field("lon").value; say(code === 1 ? words.refused : words.lost); });
}

/**
 * [finding, act to stop] as the outbox takes them: the photos are announced in the finding's own
 * frozen bytes, and the act waits for the finding.
 */
export function records(data, photos, { id, at, address, label, stopLabel, draft }) {
  const fields = freeze([...data].filter(([name]) => !NOT_SENT.test(name)), id, at);
  const announced = photos.map((photo) => ["photo", announce(photo)]);
  const files = filesAt(`${address}/${id}`, photos);
  const told = Object.fromEntries(data);
  const stop = {
    id: uuid7(), kind: "stop", label: `${stopLabel} · ${label}`, url: `${address}/${id}/stops`, after: [id],
    fields: [["kind", told.stop_kind], ["outcome", told.stop_outcome], ["seen_at", at], ["made_at", at]],
  };
  return [{ id, kind: "finding", label, url: address, fields: [...fields, ...announced], files, draft }, stop];
}

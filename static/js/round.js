/**
 * The walk on a phone: which of my cells am I in, which is next, and every act of the round.
 * What is recorded goes into the outbox first; the page shows it at once as kept.
 */
import acts from "./acts.js";
import { ahead, arrange, away, read, unvisited, visited } from "./cells.js";
import { begun, ended, saw, since, turned, underWay, unsent } from "./going.js";
import ground from "./ground.js";
import { all } from "./outbox.js";
import { cellAt, elapsed, inOrder, metresTo, rests } from "./spots.js";
import { tagIn } from "./tags.js";
import stretch from "./stretch.js";
import track from "./track.js";
import unrecorded from "./unrecorded.js";

const JITTER = 30; // metres a position may be off and still be taken, as the server reckons

export default async function round(walk) {
  const { dataset } = walk;
  const find = (selector) => document.querySelector(selector);
  const slot = (name, within = find(".walk-dock")) => within?.querySelector(`[data-slot=${name}]`);
  const words = (template, values) => template.replace(/\{(\w)\}/g, (_, key) => values[key] ?? "");
  const map = ground(walk.querySelector(".ground-map"), walk.querySelector("[data-tools]"));
  const list = find("#cells");
  const checkIn = find("#check-in");
  const line = find("#track");
  const cells = read(list, map.outline);
  const tags = {}; // tokens read on the spot, by cell
  const segment = stretch(find("#clear-form"), find("#segment"), cells);
  let [spot, here, picked, paused] = [null, undefined, null, false];

  const warn = unrecorded(find("#unrecorded"));
  const tell = (text) => { slot("said").textContent = text; };
  const count = () => { slot("done", walk).textContent = words(dataset.progress, { d: cells.filter((cell) => cell.done || !cell.turn).length, a: cells.length }); };

  function aim() {
    const target = picked ?? (here && !rests(here) ? here : inOrder(cells, spot)[0]);
    const metres = spot ? metresTo(target.polygons, spot) : null;
    const near = spot && metres <= Math.max(spot.accuracy, JITTER);
    slot("name").textContent = words(dataset.name, { n: target.number });
    slot("state").replaceChildren(...slot("state", target.row).cloneNode(true).childNodes);
    slot("distance").value = away(metres, dataset);
    slot("act").textContent = words(dataset.act, { n: target.number });
    checkIn.hidden = !near || paused;
    slot("hand").hidden = near;
    find("#by-hand-cell").value = target.id;
    const values = { cell_id: target.id, lon: spot?.lon.toFixed(6), lat: spot?.lat.toFixed(6), accuracy: spot?.accuracy, method: target === here ? "proposed" : "check_in", tag: tags[target.id] };
    for (const form of [checkIn, find("#clear-form")]) {
      for (const [name, value] of Object.entries(values)) if (form.elements[name]) form.elements[name].value = value ?? "";
    }
    map.aim(target.number);
    map.way(ahead(cells, spot));
  }

  const order = () => arrange(list, cells, { spot, here, words: dataset });

  function fix({ detail }) {
    spot = detail;
    const now = cellAt(cells, spot);
    if (now && now !== here && !rests(now)) {
      navigator.vibrate?.(40);
      tell(words(dataset.entered, { n: now.number }));
      picked = null;
    }
    here = now;
    map.show(spot);
    aim();
    order();
  }

  function seen(id, answer) {
    const cell = cells.find((each) => each.id === id);
    if (!cell) return;
    visited(cell, answer);
    saw(dataset.grid, id, answer);
    picked = null;
    map.mark(cell.number);
    count();
    aim();
    order();
  }

  function unseen(id) {
    cells.filter((cell) => cell.id === id).forEach(unvisited);
    saw(dataset.grid, id, null);
    aim();
  }

  /** A tag names its cell: the next check-in there carries what was read. */
  function tagged({ token, code }) {
    const cell = cells.find((each) => each.code === code);
    if (!cell) return tell(dataset.foreign.replace("{c}", code));
    tags[cell.id] = token;
    picked = cell;
    aim();
    tell(words(dataset.tagged, { n: cell.number }));
  }

  function go(id) {
    const known = since(dataset, id);
    document.querySelectorAll("[data-when]").forEach((part) => { part.hidden = part.dataset.when !== "walking"; });
    document.querySelectorAll("[name=round_id]").forEach((field) => { field.value = id; });
    document.querySelectorAll("[data-outbox-by=round]:not(#start)").forEach((form) => { form.dataset.outboxAfter = id; });
    line.dataset.round = id;
    line.hidden = false;
    const clock = slot("elapsed", document);
    const from = Date.parse(clock.dateTime) || known.at || Date.now();
    const tick = () => { clock.textContent = elapsed(from, Date.now()); return tick; };
    setInterval(tick(), 15_000);
    segment.begin(id);
    rest(known.resting ?? "paused" in dataset);
    track(line);
    known.seen.forEach(([cell, answer]) => seen(cell, answer));
  }

  function rest(resting) {
    paused = resting;
    line.toggleAttribute("data-resting", resting);
    find("#pause-form").hidden = resting;
    find("#resume-form").hidden = !resting;
    document.dispatchEvent(new CustomEvent("patrol:rest", { detail: resting }));
    if (resting) { line.textContent = dataset.rest; line.dataset.tone = "soon"; }
    aim();
  }

  acts({
    cells, segment, tell, seen, unseen, slot, rest: (resting) => { turned(dataset.grid, resting); rest(resting); }, words: (name, values) => words(dataset[name], values),
    begin: (id) => { begun(dataset.grid, id); go(id); },
    finish: async (id) => { ended(dataset.grid, id); await line.handed; location.assign("/"); },
  });
  document.addEventListener("patrol:fix", fix);
  document.addEventListener("patrol:tag", ({ detail }) => tagged(detail));
  document.addEventListener("patrol:kept", ({ detail }) => { map.trace(detail); segment.walk(detail); });
  document.addEventListener("patrol:paused", ({ detail }) => warn(detail));
  document.addEventListener("patrol:dark", () => tell(dataset.awake));
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-cell]");
    if (!row || find("#start")?.checkVisibility()) return;
    event.preventDefault();
    picked = cells.find((cell) => cell.row === row);
    aim();
  });
  if (tagIn(location.hash)) tagged(tagIn(location.hash));
  const items = await all();
  const id = underWay(dataset, items);
  if (!id) return;
  go(id);
  unsent(items, "visit").filter((visit) => visit.get("round_id") === id).forEach((visit) => seen(visit.get("cell_id"), ""));
}

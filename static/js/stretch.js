/** 本段: which cells were walked on this round in the last quarter of an hour, and the one tap that attests them. */
import { NEAR_ENOUGH, metres, through, walked } from "./spots.js";

const BROKEN = 90_000; // ms between two positions after which nobody knows the way, as the server reckons
const FASTEST = 40; // metres a second
const OFTEN = 20_000; // ms
const NAMED = 4; // cells the button names; of more it says how many

/** The cells on the way from one point of the track to the next; after a gap only those one stands in. */
export function stepped(cells, before, spot) {
  if (!(spot.accuracy <= NEAR_ENOUGH)) return [];
  const lasted = before ? spot.at - before.at : Infinity;
  const known = !spot.gap && lasted > 0 && lasted <= BROKEN && metres(before, spot) <= (FASTEST * lasted) / 1000;
  return cells.filter(({ polygons }) => through(polygons, known ? before : spot, spot));
}

/** Keeps what is walked by round; `form` is the note's, `button` the one tap, `cells` those of the walk. */
export default function stretch(form, button, cells) {
  const boxes = [...form.querySelectorAll("[name=cells]")];
  const none = form.querySelector("[data-slot=none]");
  const named = button.querySelector("small");
  let [key, last, before] = [null, {}, null];
  const recent = () => walked(last, Date.now());

  /** Of the note's cells exactly those of 本段 are offered, and chosen. */
  function offer() {
    const ids = recent();
    for (const box of boxes) {
      box.checked = ids.includes(box.value);
      box.parentElement.hidden = !box.checked;
    }
    none.hidden = ids.length > 0;
  }

  function tell() {
    const ids = recent();
    const numbers = cells.filter(({ id }) => ids.includes(id)).map(({ number }) => number).sort((one, other) => one - other);
    const words = button.dataset[numbers.length > NAMED ? "count" : "cells"];
    named.textContent = words.replace("{c}", numbers.length > NAMED ? numbers.length : numbers.join("、"));
    button.hidden = !numbers.length || !form.querySelector("[name=topics]:checked");
  }

  function keep(ids, at) {
    if (!key) return;
    for (const id of ids) last[id] = Math.max(at, last[id] ?? 0);
    localStorage.setItem(key, JSON.stringify(last));
    tell();
  }

  form.closest("[popover]").addEventListener("beforetoggle", ({ newState }) => newState === "open" && offer());
  form.addEventListener("change", tell);
  button.addEventListener("click", () => { offer(); form.requestSubmit(); });

  return {
    /** The round whose walk is kept from now on; what the server knows of it stands in the cells' rows. */
    begin(round) {
      key = `walked:${round}`;
      Object.keys(localStorage).filter((name) => name.startsWith("walked:") && name !== key).forEach((name) => localStorage.removeItem(name));
      last = JSON.parse(localStorage.getItem(key) ?? "{}");
      for (const { id, at } of cells) if (at) last[id] = Math.max(at, last[id] ?? 0);
      tell();
      setInterval(tell, OFTEN);
    },
    walk(point) {
      keep(stepped(cells, before, point).map(({ id }) => id), point.at);
      before = point;
    },
    saw: (id, at) => keep([id], at),
    /** Drops from a note about to be sent whatever is no longer of 本段; whether anything is left. */
    settle() {
      const ids = recent();
      boxes.forEach((box) => { box.checked &&= ids.includes(box.value); });
      none.hidden = boxes.some(({ checked }) => checked);
      return none.hidden;
    },
  };
}

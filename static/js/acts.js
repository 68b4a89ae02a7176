/** The acts of a round on the phone: every form goes into the outbox first and is shown at once. */
import { busy, post } from "./posting.js";
import unkept from "./unkept.js";

const HOLD = 1200; // ms the end button is held
const MINUTE = 60_000;

const alertIn = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("[role=alert]");

/** Held long enough, a button acts; pressed, it does what it did (it opens the plain way). */
function hold(button, act) {
  let timer = null;
  const stop = () => { clearTimeout(timer); button.removeAttribute("aria-busy"); };
  button.addEventListener("pointerdown", () => { button.setAttribute("aria-busy", "true"); timer = setTimeout(act, HOLD); });
  for (const name of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(name, stop);
}

/** `walk` gives: cells, segment, and the ways tell, seen, unseen, rest, begin, finish, slot, words. */
export default function acts(walk) {
  const { cells, segment, tell, seen, unseen, rest, begin, finish, slot, words } = walk;
  const find = (selector) => document.querySelector(selector);
  const checkIn = find("#check-in");
  const number = (data) => cells.find((cell) => cell.id === data.get("cell_id"))?.number;

  const after = {
    start: ({ item }) => begin(item.id),
    "check-in": ({ html }, data) => html && seen(data.get("cell_id"), html),
    "by-hand-form": ({ html }, data) => seen(data.get("cell_id"), html),
    "clear-form": () => tell(words("noted")),
    "pause-form": () => rest(true),
    "resume-form": () => rest(false),
    "end-form": (_, data) => finish(data.get("round_id")),
  };

  function refused(form, html) {
    const told = html && alertIn(html);
    if (!told) return;
    const box = form === checkIn ? slot("said") : form;
    box.querySelector("[role=alert]")?.remove();
    box.prepend(document.adoptNode(told));
    told.scrollIntoView({ block: "nearest" });
  }

  async function submit(event) {
    const form = event.target;
    if (form.dataset.outboxBy !== "round") return;
    event.preventDefault();
    if (form.action.endsWith("/clear-notes") && !segment.settle()) return;
    const data = new FormData(form, event.submitter);
    if (form === checkIn) { // shown at once, whatever the network does
      tell(words("said", { n: number(data) }));
      seen(data.get("cell_id"), "");
    }
    if (data.has("cell_id")) segment.saw(data.get("cell_id"), Date.now() - Number(data.get("minutes_ago") ?? 0) * MINUTE);
    const sent = post(form, data);
    const answer = await (form === checkIn ? sent : busy(form, sent)).catch(() => null);
    form.ariaBusy = null;
    if (!answer) {
      if (form === checkIn) unseen(data.get("cell_id"));
      return unkept(form, form === checkIn ? slot("said") : form);
    }
    if (answer.status >= 400) {
      if (form === checkIn) unseen(data.get("cell_id"));
      return refused(form, answer.html);
    }
    form.closest("[popover]:popover-open")?.hidePopover();
    after[form.getAttribute("id")]?.(answer, data); // form.id is the field of that name
    if (!answer.status) tell(`${slot("said").textContent} · ${words("kept")}`);
  }

  document.addEventListener("submit", submit);
  hold(find("[data-hold]"), () => find("#end-form").requestSubmit());
}

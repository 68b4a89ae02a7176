/** What is left of a clock, counted on the phone: a page kept for hours would tell the time it was kept. */
const MINUTE = 60_000;
const OFTEN = 20_000; // ms

/** So many minutes in the words of the page: 25 min, 1 h 20 min, 3 days. */
export function span(minutes, words) {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (minutes < 60) return words.minutes.replace("{m}", minutes);
  if (hours >= 48) return words.days.replace("{d}", Math.floor(hours / 24));
  return (rest ? words.both : words.hours).replace("{h}", hours).replace("{m}", rest);
}

/** [words, tone] of a window that ends at `until`; null before it opens, `was` the tone it had. */
export function told({ from = -Infinity, until }, now, words, was) {
  if (now < from) return null;
  const left = Math.floor((until - now) / MINUTE);
  if (left < 0) return [words.over.replace("{s}", span(-left, words)), "bad"];
  return [words.left.replace("{s}", span(left, words)), was === "off" || was === "bad" ? "ok" : was];
}

/** The window of an element: from data-from to data-until, or data-minutes (cut off) after the page was written. */
const windowOf = ({ from, until, minutes }, written) => ({
  from: from && Date.parse(from), until: until ? Date.parse(until) : written + (Number(minutes) + 0.5) * MINUTE,
});

export default function left(part) {
  const words = document.querySelector("template#clock-words").dataset;
  const written = Date.parse(part.dataset.rendered);
  const opened = Date.now();
  const began = Math.max(opened, written); // a phone whose clock is behind counts from the page on
  function tick() {
    const at = began + Date.now() - opened;
    for (const clock of part.querySelectorAll("[data-minutes], [data-until]")) {
      const now = told(windowOf(clock.dataset, written), at, words, clock.dataset.tone);
      if (!now) continue;
      clock.lastChild.textContent = now[0];
      const badge = clock.closest(".badge");
      if (!badge) clock.dataset.tone = now[1];
      else if (now[1] === "bad") badge.dataset.tone = "bad";
    }
  }
  tick();
  setInterval(tick, OFTEN);
}

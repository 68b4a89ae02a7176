/** The timetable of a trip: what is due when follows the departure chosen, which the phone remembers. */
import { read } from "./memory.js";

const MINUTE = 60_000;

/** When a stop is due, as a clock shows it, so many minutes after a departure. */
export function due(departs, minute) {
  const at = new Date(Date.parse(departs) + minute * MINUTE);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Whether a trip begun on this phone is younger than a page written at `rendered`, and not over. */
export const younger = (mine, rendered) => Boolean(mine) && !mine.over && mine.at > Date.parse(rendered);

export default function timetable(select) {
  const { grid, rendered } = document.querySelector("#walk").dataset;
  const key = `trip:${select.form.getAttribute("action")}`;
  const show = () => {
    for (const stop of document.querySelectorAll("[data-minute]")) {
      stop.textContent = select.dataset.due.replace("{h}", due(select.value, Number(stop.dataset.minute)));
    }
  };
  const kept = localStorage.getItem(key);
  if (younger(read(grid), rendered) && [...select.options].some(({ value }) => value === kept)) select.value = kept;
  select.addEventListener("change", show);
  select.form.addEventListener("submit", () => localStorage.setItem(key, select.value));
  show();
}

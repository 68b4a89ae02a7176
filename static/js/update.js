/** A new version of the app is loaded when the person says so, and says first what it would cost. */
import { all, user } from "./queue.js";

let written = false; // something was typed here that nothing has kept yet
let asked = false; // this page asked for the new version

document.addEventListener("input", ({ target }) => { written ||= Boolean(target.closest("form[method=post]")); });
document.addEventListener("submit", () => { written = false; });

const unsent = async () => ("indexedDB" in globalThis && user() ? (await all()).length : 0);

/** Offers the version that waits; the button tells, before it acts, of what is typed or unsent. */
export function offer(registration) {
  const button = document.querySelector("[data-new-version]");
  if (!button || !registration.waiting || !navigator.serviceWorker.controller || !button.hidden) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const waits = await unsent().catch(() => 0);
    const costs = [written && button.dataset.typed, waits && button.dataset.unsent.replace("{n}", waits)].filter(Boolean);
    if (costs.length && !globalThis.confirm([...costs, button.dataset.sure].join("\n"))) return;
    asked = true;
    registration.waiting?.postMessage("skip-waiting");
  });
}

/** Another page may have asked: what is typed here is not thrown away for it. */
export const mayReload = () => asked || !written;

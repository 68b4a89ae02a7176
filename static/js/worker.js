/** Installs the service worker, offers a new version when there is one, and clears pages at sign-out. */

import { mayReload, offer } from "./update.js";

const HOURLY = 3_600_000;
const ALWAYS = ["/", "/findings/new", "/outbox"]; // needed by whom they are offered to, even if never opened here

function keepFresh(registration) {
  let asked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - asked < HOURLY) return;
    asked = Date.now();
    registration.update().catch(() => {});
  });
  const follow = () => registration.installing?.addEventListener("statechange", () => offer(registration));
  registration.addEventListener("updatefound", follow);
  follow(); // one found while this page was loading
  offer(registration);
}

/** Pages hold personal data: they leave the phone with the person; the outbox stays. */
export const forget = () => Promise.all(["pages", "shift"].map((name) => caches.delete(name)));

function forgetAtSignOut() {
  document.addEventListener("submit", ({ target }) => { if (target.matches("form[data-sign-out]")) forget(); });
}

/** Somebody else signed in where nobody had signed out: what was kept is not theirs. */
async function keepForOne() {
  const { user } = document.body.dataset;
  const before = user && localStorage.getItem("kept-for");
  if (before && before !== user) await forget();
  if (user) localStorage.setItem("kept-for", user);
}

/** A page shown as it was kept is shown anew when it has changed since, unless somebody has begun on it. */
function showAnew() {
  let begun = performance.getEntriesByType("navigation")[0]?.type === "reload";
  for (const name of ["pointerdown", "keydown", "input"]) addEventListener(name, () => { begun = true; }, { once: true });
  navigator.serviceWorker.addEventListener("message", ({ data: { shown, now } }) => {
    if (begun || shown?.split("#")[0] !== location.href.split("#")[0]) return;
    if (now === shown) location.reload(); else location.replace(now);
  });
}

/** A page asked for just before the worker took over is nobody's: it asks to be taken. */
async function beHeld() {
  const { active } = await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller) active.postMessage("claim");
  if (document.body.dataset.user) active.postMessage(ALWAYS.filter((one) => document.querySelector(`a[href="${one}"]`)));
}

export default async function worker() {
  if (!("serviceWorker" in navigator) || !globalThis.isSecureContext) return;
  forgetAtSignOut();
  showAnew();
  let hadController = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadController && mayReload()) location.reload();
    hadController = true;
  });
  try {
    await keepForOne();
    const [url, type] = "SyncManager" in globalThis ? ["/sw.js?sync", "module"] : ["/sw.js", "classic"];
    keepFresh(await navigator.serviceWorker.register(url, { scope: "/", updateViaCache: "none", type }));
    await beHeld();
    await navigator.storage?.persist?.();
  } catch (error) {
    console.warn(error);
  }
}

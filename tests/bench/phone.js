/** What a person sees of a page and when, counted in milliseconds of that page: `seen`. */
const seen = globalThis.seen = { lcp: 0, inp: 0, cls: 0, taken: null, kept: null, painted: null };

const watch = (type, note, options = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
watch("largest-contentful-paint", ({ startTime }) => { seen.lcp = startTime; });
watch("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.cls += value; });
watch("event", ({ interactionId, duration }) => { if (interactionId) seen.inp = Math.max(seen.inp, duration); }, { durationThreshold: 16 });

/** When all of an element that was waited for has been drawn. */
const drawn = (selector) => new MutationObserver((_, self) => {
  if (!document.querySelector(selector)) return;
  self.disconnect();
  requestAnimationFrame(() => setTimeout(() => { seen.painted = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
drawn("[data-module~=map][data-ready], [data-module=outbox-list] [data-list] li");

/** From the shutter to the disk: the draft that holds the photo is written strictly. */
document.addEventListener("change", ({ target }) => {
  if (target.type === "file") Object.assign(seen, { taken: performance.now(), kept: null });
}, true);
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function transaction(names, mode, options) {
  const begun = begin.call(this, names, mode, options);
  const ofDrafts = mode === "readwrite" && [names].flat().includes("drafts");
  if (ofDrafts && document.querySelector("[data-photos] img")) begun.addEventListener("complete", () => { seen.kept ??= performance.now(); });
  return begun;
};

/** From the tap that saves to the row on the next page: the one moment both pages know. */
document.addEventListener("submit", () => sessionStorage.setItem("saved", performance.timeOrigin + performance.now()), true);
seen.sinceSaved = () => performance.timeOrigin + seen.painted - Number(sessionStorage.getItem("saved"));

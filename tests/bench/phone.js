/** What a person sees of a page and when, counted in milliseconds of that page: `seen`. */
const seen = globalThis.seen = { lcp: 0, inp: 0, cls: 0, taken: null, kept: null, made: null, painted: null };

const watch = (type, note, options = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
watch("largest-contentful-paint", ({ startTime }) => { seen.lcp = startTime; });
watch("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.cls += value; });
watch("event", ({ interactionId, duration }) => { if (interactionId) seen.inp = Math.max(seen.inp, duration); }, { durationThreshold: 16 });

/** The first time that something is there, and the moment it has been drawn then. */
const there = (selector, note) => new MutationObserver((_, self) => {
  if (!document.querySelector(selector)) return;
  self.disconnect();
  note();
}).observe(document, { childList: true, subtree: true, attributes: true });
const drawn = (selector, note) => there(selector, () => requestAnimationFrame(() => setTimeout(note)));

/** A map from being made, wherever its outlines are by then, to all of it drawn. */
there(".leaflet-container", () => { seen.made = performance.now(); });
drawn("[data-module~=map][data-ready]", () => { seen.painted = performance.now(); });

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

/** From the tap that saves to the row, on this page or the next: by the one clock both pages know. */
const clock = () => performance.timeOrigin + performance.now();
document.addEventListener("submit", () => { sessionStorage.saved = clock(); }, true);
drawn("[data-item]", () => { sessionStorage.queued ??= clock(); });

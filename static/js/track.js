/**
 * Records the track of a round while the page is seen, and hands it to the outbox in batches.
 *
 * data-round   the round's id             data-url    where batches are posted
 * data-label   what the outbox shows      data-on, data-lost, data-refused, data-full, data-paused: sentences;
 * data-paused holds {from} and {to}. A page that is not seen records nothing: the gap stays a gap.
 * Every position is told to the document as `patrol:fix`, every kept one as `patrol:kept`.
 */
import { drain, put, user } from "./outbox.js";
import { HEARTBEAT, fields, nextBatch, pointOf, stands, worth } from "./points.js";
import { clock } from "./posting.js";
import { metres } from "./spots.js";
import { ask, run, uuid7 } from "./store.js";

const EVERY = 120_000; // ms between batches while there is something to send
const SILENCE = 90_000; // ms without a point after which a page opened again says what is missing
const BRIEF = 10_000; // ms out of sight that leave no gap: a glance at the camera
const WATCH = { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 };

const points = (work) => run(["points"], "readwrite", ({ points: store }) => work(store));
const kept = async (round) => (await points((store) => ask(store.getAll()))).filter((point) => point.round === round);

/** Freezes a batch: named first, so that a crash makes the same batch again; its last point begins the next. */
async function freeze({ url, label, round }, batch) {
  const item = batch.find((point) => point.item)?.item ?? uuid7();
  await points((store) => batch.forEach((point) => store.put({ ...point, item })));
  await put({ id: item, kind: "track", label, url, fields: [["id", item], ["round_id", round], ...fields(batch)], after: [round] });
  await points((store) => {
    batch.slice(0, -1).forEach((point) => store.delete(point.id));
    store.put({ ...batch.at(-1), item: undefined, gap: false, sent: true });
  });
}

async function flush(settings) {
  for (;;) {
    const batch = nextBatch(await kept(settings.round));
    if (!batch) return void drain(); // nobody waits for the network
    await freeze(settings, batch);
  }
}

export default async function track(element) {
  if (!("geolocation" in navigator) || !user()) return;
  const words = element.dataset;
  let last = (await kept(element.dataset.round)).at(-1) ?? null;
  let moved = last;
  let watch = null;
  let gap = Boolean(last); // what happened while the page was closed is not known
  let hidden = null;
  let light = null;
  let resting = "resting" in words;
  let flushing = Promise.resolve();

  const say = (text, tone) => { element.textContent = text; element.dataset.tone = tone; };
  const hand = () => { element.handed = flushing = flushing.then(() => flush({ ...element.dataset })).catch(() => {}); };

  async function take(position) {
    const point = pointOf(position);
    document.dispatchEvent(new CustomEvent("patrol:fix", { detail: point }));
    say(words.on.replace("{m}", point.accuracy), point.accuracy > 50 ? "soon" : "ok");
    if (!worth(gap ? null : last, point) || (last && point.at <= last.at)) return;
    const next = { ...point, gap, round: element.dataset.round, number: last ? last.number + 1 : 0 };
    if (!moved || metres(moved, next) > Math.max(20, next.accuracy)) moved = next;
    [last, gap] = [next, false];
    try {
      await points((store) => ask(store.add(next)));
    } catch { // no room: what is missing is a gap, and is said
      if (!gap) document.dispatchEvent(new CustomEvent("patrol:paused", { detail: words.full }));
      gap = true;
      return say(words.full, "bad");
    }
    document.dispatchEvent(new CustomEvent("patrol:kept", { detail: next }));
  }

  // One failure between two good fixes is nothing; only a refusal is final.
  const fail = ({ code }) => say(code === 1 ? words.refused : words.lost, code === 1 ? "bad" : "soon");
  const stop = () => { navigator.geolocation.clearWatch(watch); watch = null; };
  const start = () => { if (!resting) watch ??= navigator.geolocation.watchPosition(take, fail, WATCH); };

  /** Standing for minutes, the watch rests and one position each half minute is enough. */
  function beat() {
    if (document.hidden || resting) return;
    if (stands(moved, Date.now())) stop(); else start();
    navigator.geolocation.getCurrentPosition(take, fail, WATCH);
  }

  /** Keeps the screen on; the browser lets go by itself when the page is hidden, and may refuse. */
  async function wake() {
    try {
      light = await navigator.wakeLock.request("screen");
      if (resting) light.release();
    } catch {
      if (!document.hidden) document.dispatchEvent(new CustomEvent("patrol:dark"));
    }
  }

  function unrecorded(from, to) {
    const [since, until] = [from, to].map((at) => clock(new Date(at).toISOString()));
    document.dispatchEvent(new CustomEvent("patrol:paused", { detail: words.paused.replace("{from}", since).replace("{to}", until) }));
  }

  function turn() {
    if (document.hidden) {
      hidden = Date.now();
      stop();
      hand();
      return;
    }
    if (resting) return;
    start();
    wake();
    if (hidden === null || Date.now() - hidden < BRIEF) return;
    gap = true;
    unrecorded(hidden, Date.now());
  }

  function rest({ detail }) {
    resting = detail;
    if (!resting) {
      hidden = null; // what nobody saw during a pause is no loss
      wake();
      return start();
    }
    gap = true;
    light?.release();
    stop();
    hand();
  }

  document.addEventListener("visibilitychange", turn);
  document.addEventListener("patrol:rest", rest);
  document.addEventListener("submit", ({ target }) => target.matches("[data-stops-track]") && hand(), true);
  setInterval(beat, HEARTBEAT);
  setInterval(hand, EVERY);
  if (!document.hidden && !resting) { start(); wake(); }
  if (last && !resting && Date.now() - last.at > SILENCE) unrecorded(last.at, Date.now());
  hand();
}

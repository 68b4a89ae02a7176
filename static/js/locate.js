/**
 * Offers the phone's position to a form; without it the officer picks a cell by hand.
 *
 * The element holds a button, an output and hidden inputs named lon, lat and accuracy. data-busy,
 * data-near ("… {m} m"), data-far, data-refused and data-lost are sentences. Positions that the
 * track reports fill the form too, until the officer has moved the place by hand (data-moved).
 */
const GOOD = 50; // metres
const PATIENCE = { enableHighAccuracy: true, maximumAge: 5_000, timeout: 15_000 };

/** What to say of a position, and in which tone. */
export const judged = (accuracy, words) =>
  [accuracy <= GOOD ? words.near : words.far, accuracy <= GOOD ? "ok" : "soon"].map((word) => word.replace("{m}", Math.round(accuracy)));

export default function locate(element) {
  const button = element.querySelector("button");
  const output = element.querySelector("output");
  const field = (name) => element.querySelector(`[name=${name}]`);
  const say = (text, tone) => { output.value = text; output.dataset.tone = tone; };

  function fill({ lon, lat, accuracy }) {
    if ("moved" in element.dataset) return;
    field("lon").value = lon.toFixed(6);
    field("lat").value = lat.toFixed(6);
    field("accuracy").value = Math.round(accuracy);
    say(...judged(accuracy, element.dataset));
    element.dispatchEvent(new CustomEvent("patrol:located", { bubbles: true, detail: { lon, lat, accuracy } }));
  }

  const found = ({ coords }) => fill({ lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy });
  const failed = ({ code }) => say(code === 1 ? element.dataset.refused : element.dataset.lost, "soon");

  function ask() {
    say(element.dataset.busy, "info");
    navigator.geolocation.getCurrentPosition(found, failed, PATIENCE);
  }

  document.addEventListener("patrol:fix", ({ detail }) => fill(detail));
  if (!("geolocation" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", ask);
  navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => state === "granted" && ask(), () => {});
}

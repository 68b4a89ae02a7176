/**
 * Draws the dividing line of a split: each tap on the map adds a point to the form's field, and what
 * the server would make of it is drawn with the areas. The field is what counts; typed, it is drawn too.
 */
const PAUSE = 400; // ms without another point before the server is asked
const POINTS = /[\s;；]+/;

/** The points of a line as it is typed, [latitude, longitude]; what is no point is left out. */
export const points = (text) => text.split(POINTS)
  .map((each) => each.split(/[,，]/).map((part) => (part ? Number(part) : NaN)))
  .filter((spot) => spot.length === 2 && spot.every(Number.isFinite))
  .map(([lon, lat]) => [lat, lon]);

/** A point added to a line as it is typed, and the last one taken away. */
export const added = (text, { lng, lat }) => `${text.trim()} ${lng.toFixed(6)},${lat.toFixed(6)}`.trim();
export const undone = (text) => text.trim().split(POINTS).slice(0, -1).join(" ");

export default function divide(element, view, { circleMarker, geoJSON, layerGroup, polyline }, look) {
  const form = document.querySelector(element.dataset.divides);
  const { line, level } = form.elements;
  const [told, asking, tools] = ["#parts", "[form=change][formaction]", "#drawing"].map((one) => document.querySelector(one));
  const [drawn, parts] = [layerGroup().addTo(view), layerGroup().addTo(view)];
  const chosen = () => [...form.querySelectorAll("[name=members]:checked")].map(({ value }) => value);
  let timer = null;
  let turn = 0;

  function draw() {
    const { accent, surface } = look();
    const spots = line ? points(line.value) : [];
    drawn.clearLayers();
    polyline(spots, { color: accent, weight: 4, dashArray: "8 6", interactive: false }).addTo(drawn);
    for (const spot of spots) circleMarker(spot, { radius: 6, weight: 3, color: accent, fillColor: surface, fillOpacity: 1, interactive: false }).addTo(drawn);
    if (!tools) return;
    const words = tools.firstElementChild;
    words.textContent = level.value === "cell" && !chosen().length ? words.dataset.cell : words.dataset.line;
    for (const button of tools.querySelectorAll("button")) button.disabled = !line.value.trim();
  }

  /** Draws the parts that the page tells of. */
  function show() {
    parts.clearLayers();
    const found = told.querySelector("[data-parts]")?.dataset.parts;
    if (!found) return;
    const styles = [look().rate4, look().rate3];
    geoJSON(JSON.parse(found), {
      interactive: false, style: () => styles.shift(),
      onEachFeature: ({ properties }, layer) => layer.bindTooltip(properties.n, { permanent: true, direction: "center" }),
    }).addTo(parts);
    drawn.eachLayer((layer) => layer.bringToFront());
  }

  async function ask() {
    const mine = (turn += 1);
    const enough = line && points(line.value).length > 1 ? level.value === "grid" || chosen().length : level.value === "grid" && chosen().length;
    if (!enough) told.replaceChildren();
    else {
      const answer = await fetch(asking.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" } });
      const said = await answer.text();
      if (mine !== turn) return;
      if (answer.ok || answer.status === 422) told.innerHTML = said;
    }
    show();
  }

  function changed() {
    draw();
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }

  function write(text) {
    line.value = text;
    changed();
  }

  function tapped({ latlng, originalEvent }) {
    originalEvent.preventDefault();
    if (level.value === "grid" && chosen().length) return; // its members divide it
    if (level.value === "grid" || chosen().length) return write(added(line.value, latlng));
  }

  const approach = (code) => element.dispatchEvent(new CustomEvent("map:choose", { detail: { code, zoom: 18.5 } }));

  element.addEventListener("map:cell", (event) => {
    const { code } = event.detail;
    const one = [...form.querySelectorAll("[name=members]")].find(({ value }) => value === code);
    event.preventDefault();
    if (level.value !== "cell" || !one || chosen().length) return;
    setTimeout(() => { one.checked = true; approach(code); changed(); }); // this tap has chosen, the next one draws
  });
  form.addEventListener("input", ({ target }) => {
    if (level.value === "cell" && target.name === "members") approach(target.value);
    changed();
  });
  if (line) {
    view.on("click", tapped);
    tools.hidden = false;
    tools.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-act]")?.dataset.act;
      if (act) write(act === "undo" ? undone(line.value) : "");
    });
  }
  if (level.value === "cell" && chosen().length) approach(chosen()[0]);
  draw();
  show();
}

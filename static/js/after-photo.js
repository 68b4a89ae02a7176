/** A step that brings its proof: the photo of afterwards goes into the outbox with the step itself. */
import { deliver, user } from "./outbox.js";
import { announce, shrink, thumbnail } from "./photo.js";
import { busy, freeze } from "./posting.js";
import { lastFix } from "./position.js";
import { uuid7 } from "./store.js";

export default function afterPhoto(form) {
  if (!user() || !("indexedDB" in globalThis)) return;
  const words = form.dataset;
  const strip = form.querySelector("[data-photos]");
  const photos = [];
  let taken = null;

  async function take(input) {
    const [file] = input.files;
    if (!file) return;
    const photo = { id: uuid7(), view: "after", origin: "camera", takenAt: new Date().toISOString(), fix: lastFix(), ...(await shrink(file)) };
    photos.push(photo);
    const figure = document.createElement("figure");
    figure.className = "thumb";
    figure.append(thumbnail(photo.thumb));
    strip.append(figure);
    input.value = "";
  }

  async function send() {
    await taken;
    const [id, at] = [uuid7(), new Date().toISOString()];
    const fields = freeze(new FormData(form), id, at).concat(photos.map((photo) => ["photo", announce(photo)]));
    const files = photos.map(({ id: photo, type, body, thumb }) => ({ id: photo, url: `${words.photosAddress}/${photo}`, type, body, thumb }));
    await deliver({ id, kind: words.outbox, label: words.outboxLabel, url: form.getAttribute("action"), fields, files });
    location.assign(words.outboxNext);
  }

  form.querySelector("[data-photos-box]").hidden = false;
  form.addEventListener("change", ({ target }) => { if (target.type === "file") taken = take(target); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form, send()).catch(() => form.submit()); // the phone cannot keep it: send it the plain way
  });
}

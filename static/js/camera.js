/** The photos of a form: taken or chosen, made small, shown, and taken away again. */
import { shrink, thumbnail } from "./photo.js";
import { lastFix } from "./position.js";
import { uuid7 } from "./store.js";

/** The list of photos behind a form's photo box, and when the last taken is in it; `changed(photo)` hears of each taken, and of none taken away. */
export default function camera(form, { view, changed }) {
  const find = (name) => form.querySelector(`[data-${name}]`);
  const words = form.dataset;
  const photos = [];
  let taken = null;

  function paint() {
    find("photos").replaceChildren(...photos.map((photo) => {
      const figure = document.createElement("figure");
      figure.className = "thumb";
      const away = document.createElement("button");
      Object.assign(away, { type: "button", className: "button", textContent: words.remove });
      away.dataset.kind = "quiet";
      away.addEventListener("click", () => { photos.splice(photos.indexOf(photo), 1); paint(); changed(); });
      figure.append(thumbnail(photo.thumb), away);
      return figure;
    }));
    find("camera-button").dataset.kind = photos.length ? "plain" : "primary";
  }

  async function take(input) {
    const [file] = input.files;
    if (!file) return;
    const told = Object.assign(find("photo-error"), { hidden: true });
    try {
      const made = await shrink(file);
      const photo = { id: uuid7(), view, origin: input.dataset.origin, takenAt: new Date().toISOString(), fix: lastFix(), ...made };
      photos.push(photo);
      paint();
      await changed(photo);
    } catch {
      told.textContent = words.unreadable;
      told.hidden = false;
    }
    input.value = "";
  }

  find("photos-box").hidden = false;
  form.addEventListener("change", ({ target }) => { if (target.type === "file") taken = take(target); });
  return { photos, settled: () => taken, restore: (kept) => { photos.push(...kept); paint(); } };
}

/** Photos as files of the record at `address`, with what it says of each of them. */
export const filesAt = (address, photos) =>
  photos.map(({ body, thumb, type, ...about }) => ({ id: about.id, url: `${address}/photos/${about.id}`, type, body, thumb, about }));

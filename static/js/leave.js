/** Refuses to sign out while something is unsent, and says why; pages leave the phone, the outbox never. */
import { hurry, state } from "./outbox.js";
import { forget } from "./worker.js";

export default async function leave(form) {
  const { items, photos } = await state();
  if (items + photos === 0) {
    await forget();
    return form.submit();
  }
  hurry();
  const reason = document.querySelector("template#unsent").content.cloneNode(true).firstElementChild;
  form.parentElement.querySelector("[data-stays]")?.remove();
  form.before(reason);
  return reason.focus();
}

/** What the phone has no room to keep: sent the plain way while the server is heard, else it stays in its form. */
import { reachable } from "./outbox.js";

/** `box` is where it is said that `form` was not kept. */
export default async function unkept(form, box = form) {
  if (await reachable()) return form.submit();
  box.querySelector("[data-stays]")?.remove();
  const told = document.querySelector("template#unkept").content.cloneNode(true).firstElementChild;
  box.prepend(told);
  told.focus();
}

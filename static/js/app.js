/** Mounts behaviours: an element with data-module="name" gets the default export of ./name.js. */
import { drain, hurry } from "./outbox.js";
import posting from "./posting.js";
import worker from "./worker.js";

const mounted = new WeakMap();
const known = /^[a-z][a-z-]*$/; // the folder is the table: a name is a file beside this one

async function mountOne(element, name) {
  try {
    const { default: behave } = await import(`./${name}.js`);
    await behave(element);
  } catch (error) {
    console.error(name, error); // the page works without it
  }
}

/** Mounts whatever under `root` has not been mounted yet. */
export function mount(root = document) {
  for (const element of root.querySelectorAll("[data-module]")) {
    const done = mounted.get(element) ?? mounted.set(element, new Set()).get(element);
    for (const name of element.dataset.module.split(" ")) {
      if (!known.test(name) || done.has(name)) continue;
      done.add(name);
      mountOne(element, name);
    }
  }
}

/** Ahead of everybody else: a sign-out that is refused must not clear what is kept for offline. */
function stayWhileUnsent(event) {
  const form = event.target;
  if (!form.getAttribute("action")?.endsWith("/sign-out")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  import("./leave.js").then(({ default: leave }) => leave(form)).catch(() => form.submit());
}

const supported = "indexedDB" in globalThis && "locks" in navigator && globalThis.isSecureContext;
if (supported) {
  posting();
  document.addEventListener("submit", stayWhileUnsent, true);
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  drain();
}
worker();
document.addEventListener("htmx:after:swap", () => mount());
document.addEventListener("patrol:swap", () => mount());
mount();

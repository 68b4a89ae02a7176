/** Keeps what is being written in the forms of the outbox, and gives it back after a reload. */
import { draftKey } from "./posting.js";
import { draft, keepDraft } from "./queue.js";

const PAUSE = 800; // ms after the first letter that is not kept yet
const WRITTEN = "textarea, input:not([type=hidden]):not([type=file]):not([type=password]), select";

const controls = (form) => [...form.querySelectorAll(WRITTEN)].filter((control) => control.name);
const isChoice = (control) => ["checkbox", "radio"].includes(control.type);

/** What stands in the controls a person fills in, by name and, for choices, value. */
export const contents = (form) =>
  controls(form).map((control) => [control.name, control.value, isChoice(control) ? control.checked : null]);

export function fill(form, kept) {
  for (const [name, value, checked] of kept) {
    const control = controls(form).find((one) => one.name === name && (checked === null || one.value === value));
    if (!control) continue;
    if (checked === null) control.value = value; else control.checked = checked;
  }
}

async function mount(form) {
  let timer = null;
  const rest = () => { clearTimeout(timer); timer = null; };
  const keep = () => { rest(); return keepDraft(draftKey(form), { contents: contents(form) }); };
  form.addEventListener("input", () => { timer ??= setTimeout(keep, PAUSE); });
  form.addEventListener("change", keep);
  form.addEventListener("submit", rest);
  const kept = await draft(draftKey(form));
  if (kept?.contents && !form.querySelector("[aria-invalid=true]")) fill(form, kept.contents);
}

/** Every form that has words to lose; a draft ends with the record it becomes. */
export default (forms) => Promise.all(forms.map(mount));

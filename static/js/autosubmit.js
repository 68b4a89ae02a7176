/** Applies a filter as soon as it is chosen; typing still waits for the button. */
export default function autosubmit(form) {
  form.addEventListener("change", ({ target }) => {
    if (target.matches("select, [type=checkbox], [type=radio], [type=date]")) form.requestSubmit();
  });
}

/** A button that prints the page; without script the browser's own menu does. */
export default function paper(box) {
  box.querySelector("button").addEventListener("click", () => print());
}

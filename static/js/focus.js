/** Takes the reader to what must be put right, as soon as it is on the page. */
export default function focus(summary) {
  summary.focus();
}

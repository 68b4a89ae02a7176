/** Says loudly what was not recorded, until somebody has read it: it counts for nothing. */
export default function unrecorded(box) {
  box.querySelector("button").addEventListener("click", () => { box.hidden = true; });
  return (text) => {
    box.querySelector("strong").textContent = text;
    box.hidden = false;
    navigator.vibrate?.([200, 100, 200]);
  };
}

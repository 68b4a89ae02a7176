/**
 * Reads tags with the camera while its sheet is open. The browser's own detector serves where there
 * is one, else a reader that is fetched then. Announces `patrol:tag` with { token, code }.
 */
import { tagIn } from "./tags.js";

const EVERY = 200; // ms between looks; a look takes some 50 ms on a plain phone
const WIDEST = 640; // px looked at

async function detector() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (formats?.includes("qr_code")) {
    const own = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await own.detect(video))[0]?.rawValue;
  }
  const { default: decode } = await import("../vendor/qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decode(pen.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return undefined; // no code in sight
    }
  };
}

export default function scan(sheet) {
  const video = sheet.querySelector("video");
  const said = sheet.querySelector("[data-slot=seen]");
  let stream = null;

  async function look() {
    said.textContent = "";
    try {
      const [read, camera] = await Promise.all([
        detector(), navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }),
      ]);
      if (!sheet.matches(":popover-open")) return camera.getTracks().forEach((track) => track.stop());
      video.srcObject = stream = camera;
      await video.play();
      while (stream === camera) {
        const text = video.videoWidth ? await read(video) : undefined;
        const tag = text && tagIn(text);
        if (tag) {
          navigator.vibrate?.(60);
          document.dispatchEvent(new CustomEvent("patrol:tag", { detail: tag }));
          return sheet.hidePopover();
        }
        if (text) said.textContent = sheet.dataset.other;
        await new Promise((resolve) => { setTimeout(resolve, EVERY); });
      }
    } catch {
      said.textContent = sheet.dataset.refused;
    }
  }

  function rest() {
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = stream = null;
  }

  sheet.addEventListener("toggle", ({ newState }) => (newState === "open" ? look() : rest()));
}

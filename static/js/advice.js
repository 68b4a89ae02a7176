/** Shows, of a few pieces of advice, the one this browser needs before anything can go wrong in it. */

/** `wechat`, `insecure`, `install`, or none; `kept` is whether the app runs from the home screen. */
export function needed({ agent, secure, touches, kept }) {
  if (/MicroMessenger/i.test(agent)) return "wechat";
  if (!secure) return "insecure";
  const apple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1);
  return apple && !kept ? "install" : undefined;
}

export default function advice(box) {
  const kept = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
  const why = needed({ agent: navigator.userAgent, secure: globalThis.isSecureContext, touches: navigator.maxTouchPoints, kept });
  const told = why && box.querySelector(`[data-advice=${why}]`);
  if (told) told.hidden = box.hidden = false;
}

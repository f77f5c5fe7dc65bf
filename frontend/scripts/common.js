// What every page does: the error summary takes the focus, the worker that answers offline is registered.
import * as push from "./push.js";
import * as sheet from "./sheet.js";

export function start() {
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
  sheet.start();
  push.start();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  if ("offline" in document.documentElement.dataset) {
    // Asked for again by GET: a form that could not be sent opens with its draft, and what waits is sent.
    window.addEventListener("online", () => location.replace(location.href));
  }
  const worker = document.documentElement.dataset.worker;
  if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
}

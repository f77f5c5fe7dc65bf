// <form data-push="address that takes the subscription" data-push-key="the site's public key"> with a button, hidden
// where the browser knows no push. The form itself is the way without script: the server says what else reaches you.
import { say, word } from "./words.js";

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

export function start(root = document) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  for (const form of root.querySelectorAll("[data-push]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const worker = await navigator.serviceWorker.ready;
        const subscription = await worker.pushManager.subscribe({
          userVisibleOnly: true, applicationServerKey: bytes(form.dataset.pushKey),
        });
        const answer = await fetch(form.dataset.push, {
          method: "POST", credentials: "same-origin", body: JSON.stringify(subscription),
          headers: {
            "Content-Type": "application/json",
            "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value,
          },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        say(word("pushOn"), { tone: "ok", sign: "bell", before: form });
      } catch {
        say(word("pushFailed"), { tone: "warn", sign: "bell", before: form });
      }
    });
  }
}

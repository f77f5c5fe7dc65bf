// 「用说的」: <button type="button" hidden data-voice="id of the field">. Hidden where the browser cannot listen.
import { say, word } from "./words.js";

export function start(root = document) {
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  if (!Recognition) return;
  for (const button of root.querySelectorAll("[data-voice]")) {
    const field = document.getElementById(button.dataset.voice);
    if (!field) continue;
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    let listener = null;
    button.addEventListener("click", () => {
      if (listener) return listener.stop();
      listener = new Recognition();
      listener.lang = document.documentElement.lang;
      listener.onresult = (event) => {
        const heard = [...event.results].map((result) => result[0].transcript).join("");
        field.value = field.value ? `${field.value.trimEnd()} ${heard}` : heard;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        if ("voiceSubmit" in button.dataset) field.form.requestSubmit();
      };
      listener.onerror = () => say(word("voiceFailed"), { tone: "warn", sign: "mic", before: button });
      listener.onend = () => {
        listener = null;
        button.setAttribute("aria-pressed", "false");
      };
      button.setAttribute("aria-pressed", "true");
      listener.start();
    });
  }
}

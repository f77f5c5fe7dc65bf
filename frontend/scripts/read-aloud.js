// 「读给我听」: the page's main text in the device's own voice, sentence by sentence; a second tap stops it.
const SILENT = "nav, script, style, template, [hidden], [aria-hidden=true], .visually-hidden, .no-voice";

function sentences(root) {
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => (node.nodeType === Node.ELEMENT_NODE
      ? (node.matches(SILENT) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP)
      : NodeFilter.FILTER_ACCEPT),
  });
  while (walker.nextNode()) {
    const text = walker.currentNode.data.replace(/\s+/g, " ").trim();
    if (text) found.push(text);
  }
  return found;
}

export function start(root = document) {
  if (!window.speechSynthesis) return;
  for (const button of root.querySelectorAll("[data-read-aloud]")) {
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      speechSynthesis.cancel();
      const reading = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(reading));
      if (!reading) return;
      const all = sentences(document.getElementById(button.dataset.readAloud || "main"));
      all.forEach((text, at) => {
        const voice = new SpeechSynthesisUtterance(text);
        voice.lang = document.documentElement.lang;
        voice.rate = 0.9;
        if (at === all.length - 1) voice.onend = () => button.setAttribute("aria-pressed", "false");
        speechSynthesis.speak(voice);
      });
    });
  }
  window.addEventListener("pagehide", () => speechSynthesis.cancel());
}

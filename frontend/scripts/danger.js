// While one types of danger: what to do at once comes forward. Without script the lines stand folded above the field.
// <textarea data-danger-in="lines"> … <div id="lines" aria-live="polite"><div hidden data-danger="燃气|煤气" data-danger-unless="轮胎漏气">…

export function start() {
  for (const field of document.querySelectorAll("[data-danger-in]")) {
    const lines = [...document.getElementById(field.dataset.dangerIn).querySelectorAll("[data-danger]")];
    const look = () => {
      for (const line of lines) {
        let text = field.value.toLowerCase();
        for (const phrase of (line.dataset.dangerUnless || "").split("|")) if (phrase) text = text.replaceAll(phrase, " ");
        line.hidden = !line.dataset.danger.split("|").some((word) => text.includes(word));
      }
    };
    field.addEventListener("input", look);
    look();
  }
}

// The desk by keyboard. Every key is also a button or a link on the page:
//   [data-list] with <a> or [data-row] inside   J K move, Enter opens
//   [data-key="a"]                              the key presses it
//   [data-search]                               / goes there
//   [data-select-all], [data-select], [data-bulk] with [data-count]
// Single keys can be switched off in the sheet of ? (WCAG 2.1.4); the choice stays on the device.
const OFF = "linli.keys.off";

function isOff() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]");
}

function rows() {
  return [...document.querySelectorAll("[data-list] a[href], [data-list] [data-row]")]
    .filter((row) => row.matches("[data-row]") || !row.closest("[data-row]"));
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.hasAttribute("data-cursor"));
  const chosen = all.findIndex((row) => row.hasAttribute("aria-current"));
  const from = here >= 0 ? here : chosen;
  const next = all[from < 0 ? 0 : Math.max(0, Math.min(all.length - 1, from + step))];
  for (const row of all) row.removeAttribute("data-cursor");
  next.setAttribute("data-cursor", "");
  const target = next.matches("a") ? next : next.querySelector("a[href], button") || next;
  target.focus();
  next.scrollIntoView({ block: "nearest" });
}

function open() {
  const row = document.querySelector("[data-list] [data-cursor]");
  if (!row || row.contains(document.activeElement)) return false; // the focused link opens by itself
  (row.matches("a") ? row : row.querySelector("a[href]")).click();
  return true;
}

function press(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (isOff() && event.key !== "?") return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "/") document.querySelector("[data-search]")?.focus();
  else if (key === "?") document.querySelector("[data-sheet=keys]")?.click();
  else if (key === "enter") {
    if (!open()) return;
  } else {
    const button = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (!button) return;
    button.focus();
    button.click();
  }
  event.preventDefault();
}

function selection() {
  const all = document.querySelector("[data-select-all]");
  const boxes = [...document.querySelectorAll("[data-select]")];
  const bar = document.querySelector("[data-bulk]");
  if (!boxes.length) return;
  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    // The box itself tells a screen reader; the row only wears its colour.
    for (const box of boxes) box.closest("tr, [data-row]")?.toggleAttribute("data-selected", box.checked);
    if (all) {
      all.checked = n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    }
    if (bar) {
      bar.hidden = n === 0;
      const count = bar.querySelector("[data-count]");
      if (count) count.textContent = String(n);
    }
  };
  if (all) {
    all.closest("[hidden]")?.removeAttribute("hidden");
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      show();
    });
  }
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

export function start() {
  document.addEventListener("keydown", press);
  const off = document.querySelector("[data-keys-off]");
  if (off) {
    off.checked = isOff();
    off.addEventListener("change", () => {
      try {
        localStorage.setItem(OFF, off.checked ? "1" : "0");
      } catch {
        // the choice then lasts for this page only
      }
    });
  }
  selection();
}

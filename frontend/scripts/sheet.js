// <a href="#more" data-sheet="more"> opens <dialog id="more" class="sheet">; without script the link shows it by :target.
export function start(root = document) {
  for (const opener of root.querySelectorAll("[data-sheet]")) {
    const sheet = document.getElementById(opener.dataset.sheet);
    if (!sheet || !sheet.showModal) continue;
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      sheet.showModal();
    });
  }
  for (const closer of root.querySelectorAll("dialog [data-close]")) {
    closer.addEventListener("click", (event) => {
      const sheet = closer.closest("dialog");
      if (!sheet.open) return; // shown by :target: the link itself closes it
      event.preventDefault();
      sheet.close();
    });
  }
}

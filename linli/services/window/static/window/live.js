// A part of a page that is fetched anew: <div data-live="address of the part" aria-live="polite">. It waits while the page
// is out of sight, and touches nothing that has not changed, so that nothing is read aloud twice.
(() => {
  for (const part of document.querySelectorAll("[data-live]")) {
    let last = "";
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(part.dataset.live, { cache: "no-store" });
        const text = answer.ok ? await answer.text() : last;
        if (last && text !== last) part.innerHTML = text;
        last = text;
      } catch {
        // no line: what was there stays
      }
    }, 15000);
  }
})();

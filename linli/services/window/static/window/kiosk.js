// The kiosk clears itself: after the idle time it asks, and twenty seconds later goes to its first page. Any touch or
// key starts the time anew. A page that comes back from the browser's memory is loaded afresh, so nothing of the
// person before can be seen.
(() => {
  const root = document.getElementById("kiosk");
  const ask = document.getElementById("kiosk-ask");
  const idle = Number(root.dataset.idle) * 1000;
  let asking = 0;
  let leaving = 0;

  function leave() {
    document.querySelectorAll("form").forEach((form) => form.reset());
    location.replace(root.dataset.home);
  }

  function again() {
    clearTimeout(asking);
    clearTimeout(leaving);
    ask.hidden = true;
    asking = setTimeout(() => {
      ask.hidden = false;
      document.getElementById("kiosk-stay").focus();
      leaving = setTimeout(leave, 20000);
    }, Math.max(idle - 20000, 1000));
  }

  for (const kind of ["pointerdown", "keydown", "input"]) document.addEventListener(kind, again);
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  again();
})();

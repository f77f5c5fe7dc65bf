// What was said meanwhile is added while one writes: <div data-fresh="address&seen=" data-seen="…" data-live-now>, in it an
// <ol> of [data-turn] and one [data-state]. 204: nothing new. Only what is new is added, so that it is read aloud once.
const EVERY_MS = 5000;

export function start() {
  const old = document.querySelector("[data-live-now]");
  if (!old) return;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(old.dataset.fresh + old.dataset.seen, { cache: "no-store", redirect: "error" });
      if (answer.status !== 200) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-fresh]");
      for (const turn of now.querySelectorAll("[data-turn]")) {
        if (!old.querySelector(`[data-turn="${turn.dataset.turn}"]`)) old.querySelector("ol").append(turn);
      }
      old.querySelector("[data-state]").replaceWith(now.querySelector("[data-state]"));
      old.dataset.seen = now.dataset.seen;
      if (!now.matches("[data-live-now]")) clearInterval(timer);
    } catch {
      // no line: what was there stays
    }
  }, EVERY_MS);
}

// Home visits without a line: the list and what was written lie on the shelf "drafts" of the device (it goes when the
// person signs out) until the server has said that it has each of them. Every report has a key made here: sent again
// it is the same report.
(() => {
  const root = document.getElementById("day");
  const words = root.dataset;
  const owner = document.documentElement.dataset.owner || "";
  const key = `window.day|${owner}`;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let kept = { rows: [], reports: [], taken: "" };
  let sending = false;

  function open() {
    return new Promise((done, fail) => {
      const asked = indexedDB.open("linli", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("drafts");
        asked.result.createObjectStore("outbox");
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    });
  }

  async function shelf(mode, work) {
    const base = await open();
    return new Promise((done, fail) => {
      const turn = base.transaction("drafts", mode);
      const asked = work(turn.objectStore("drafts"));
      turn.oncomplete = () => { base.close(); done(asked.result); };
      turn.onerror = () => { base.close(); fail(turn.error); };
    });
  }

  const save = () => shelf("readwrite", (store) => store.put(kept, key));
  const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const made = (row) => kept.reports.find((one) => one.visit === row.visit);

  function make(tag, text, more = {}) {
    const found = document.createElement(tag);
    found.textContent = text;
    Object.assign(found, more);
    return found;
  }

  function card(row) {
    const box = make("section", "", { className: "card stack" });
    box.append(make("h2", `${row.at} ${row.name}`));
    const phone = make("a", row.phone, { href: `tel:${row.phone.replace(/[^\d+]/g, "")}` });
    const line = make("p", "");
    line.append(phone);
    box.append(make("p", row.address), line, make("p", row.words));
    const report = made(row);
    const state = report ? report.what : row.state;
    if (state === "done" || report) {
      box.append(make("p", state === "done" ? words.done : words.absent, { className: "strong" }));
      return box;
    }
    if (state === "absent") box.append(make("p", words.absent, { className: "strong" }));
    const id = `note-${row.visit}`;
    const field = make("div", "", { className: "field" });
    field.append(make("label", words.note, { htmlFor: id }), make("textarea", "", { id, className: "input", rows: 2, maxLength: 500 }));
    const buttons = make("div", "", { className: "row" });
    for (const what of ["done", "absent"]) {
      const button = make("button", words[what], { type: "button", className: "button" });
      button.setAttribute("aria-label", `${words[what]} ${row.name}`);
      button.addEventListener("click", () => write(row, what, document.getElementById(id).value));
      buttons.append(button);
    }
    box.append(field, buttons);
    return box;
  }

  function draw(sentence) {
    document.getElementById("day-list").replaceChildren(...kept.rows.map(card));
    document.getElementById("day-state").textContent = sentence || (kept.reports.length
      ? words.waiting.replace("{n}", kept.reports.length)
      : kept.rows.length ? words.fresh.replace("{at}", clock(kept.taken)) : words.none);
  }

  async function write(row, what, note) {
    if (made(row)) return;
    const random = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
    kept.reports.push({ visit: row.visit, what, note, at: new Date().toISOString(), once: random.join("") });
    await save();
    draw();
    await send();
  }

  async function send() {
    if (sending || !kept.reports.length || !navigator.onLine) return;
    sending = true;
    let sentence = "";
    try {
      const reports = [...kept.reports];
      const answer = await fetch(words.sync, {
        method: "POST", redirect: "manual", body: JSON.stringify({ reports }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) sentence = words.stale;
      else {
        const { rows } = await answer.json();
        for (const told of rows) {
          const report = kept.reports.find((one) => one.once === told.once);
          const row = report && kept.rows.find((one) => one.visit === report.visit);
          if (row && told.result === "kept") row.state = report.what;
          if (told.why) sentence = told.why;
        }
        const gone = new Set(rows.map((one) => one.once));
        kept.reports = kept.reports.filter((one) => !gone.has(one.once));
        await save();
      }
    } catch {
      // no line: what was written stays here
    } finally {
      sending = false;
      draw(sentence);
    }
  }

  async function load() {
    try {
      const answer = await fetch(words.list, { redirect: "manual", cache: "no-store" });
      if (!answer.ok) return draw(words.stale);
      const told = await answer.json();
      kept = { ...kept, rows: told.rows, taken: told.taken };
      await save();
    } catch {
      // no line: the list of before stays
    }
    return draw();
  }

  root.hidden = false;
  document.getElementById("day-send").addEventListener("click", async () => { await send(); await load(); });
  window.addEventListener("online", async () => { await send(); await load(); });
  shelf("readonly", (store) => store.get(key)).then((found) => { if (found) kept = { ...kept, ...found }; })
    .catch(() => {}).then(() => draw()).then(send).then(load);
  if ("serviceWorker" in navigator) {
    const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.href || one.src);
    navigator.serviceWorker.register(words.worker, { scope: words.scope })
      .then(() => caches.open("linli-visits-1")).then((cache) => cache.addAll([location.pathname, ...parts]))
      .catch(() => {});
  }
})();

// A stock-take on the device: what is scanned is put into localStorage at once, and sent when there is a line.
// Nothing leaves the list before the server has said that it has it; sent twice, it counts once (the server's key).
(() => {
  const root = document.getElementById("stock");
  if (!root) return;
  const words = root.dataset;
  const key = `linli.stock.${words.take}`;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const state = document.getElementById("stock-state");
  const list = document.getElementById("stock-list");
  const input = document.getElementById("stock-code");
  let sending = false;

  function read() {
    try {
      return JSON.parse(localStorage.getItem(key)) || { waiting: [], done: [] };
    } catch {
      return { waiting: [], done: [] };
    }
  }

  function write(kept) {
    localStorage.setItem(key, JSON.stringify(kept));
  }

  function show(sentence) {
    const { waiting } = read();
    const base = waiting.length ? words.waiting.replace("{n}", waiting.length) : words.none;
    state.textContent = sentence ? `${sentence} · ${base}` : base;
  }

  function add(code) {
    const kept = read();
    if (!code) return;
    if (kept.done.includes(code) || kept.waiting.some((one) => one.barcode === code)) {
      show(`${code} ${words.again}`);
      return;
    }
    kept.waiting.push({ barcode: code, at: new Date().toISOString() });
    write(kept);
    const row = document.createElement("li");
    row.textContent = code;
    list.prepend(row);
    show();
    send();
  }

  async function send() {
    const { waiting } = read();
    if (sending || !waiting.length) return;
    if (!navigator.onLine) {
      show(words.offline);
      return;
    }
    sending = true;
    try {
      const answer = await fetch(words.sync, {
        method: "POST", body: JSON.stringify({ scans: waiting }), redirect: "manual",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) {
        const told = answer.status === 409 ? (await answer.json()).error : words.stale;
        show(told);
        return;
      }
      const told = await answer.json();
      const kept = read();
      const sent = new Set(waiting.map((one) => one.barcode));
      write({ waiting: kept.waiting.filter((one) => !sent.has(one.barcode)), done: [...kept.done, ...sent] });
      document.getElementById("stock-seen").textContent = told.seen;
      document.getElementById("stock-wanted").textContent = told.wanted;
      show(words.sent.replace("{n}", told.fresh));
    } catch {
      show(words.offline);
    } finally {
      sending = false;
    }
  }

  document.getElementById("stock-form").addEventListener("submit", (event) => {
    event.preventDefault();
    add(input.value.trim());
    input.value = "";
    input.focus();
  });
  input.addEventListener("scanned", () => {
    add(input.value.trim());
    input.value = "";
  });
  document.getElementById("stock-send").addEventListener("click", send);
  window.addEventListener("online", send);
  root.hidden = false;
  show();
  send();
  if ("serviceWorker" in navigator) {
    // The page keeps itself at once: who opens it in the office and walks into the store needs no second visit.
    const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => one.href || one.src);
    navigator.serviceWorker.register(words.worker, { scope: words.scope })
      .then(() => caches.open("linli-stock-1"))
      .then((cache) => cache.addAll([location.pathname, ...parts]))
      .catch(() => {});
  }
})();

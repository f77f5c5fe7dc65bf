// The door without a line: the list is taken along, each code is checked against its SHA-256 (Web Crypto), what was
// marked lies on the device until the server has said that it has it. Handed in twice it counts once (the server's rule).
//   <section id="door" data-session data-list data-sync data-worker data-scope data-…words>
// The list and the marks lie on the shelf "drafts" and go when the person signs out.
import { get, put } from "./store.js";

const root = document.getElementById("door");
if (root) start(root);

function start(root) {
  const words = root.dataset;
  const key = `door.${words.session}`;
  const one = (id) => document.getElementById(id);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let kept = { stamp: "", rows: [], marks: [], taken: "" };
  let sending = false;

  const say = (sentence, tone) => {
    one("door-told").textContent = sentence;
    one("door-told").dataset.tone = tone || "";
  };
  const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const came = (row) => row.came_at || (kept.marks.find((mark) => mark.reservation === row.reservation) || {}).at;

  async function digest(code) {
    const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
    return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // The row of a QR code or of a ticket read out, or a sentence that says why there is none.
  async function find(typed) {
    const last = typed.trim().replace(/\/+$/, "").split("/").pop();
    let code = last;
    try {
      code = decodeURIComponent(last);
    } catch {
      // a stray % is no code of ours, and no reason to stop
    }
    if (!code.includes(":")) {
      return kept.rows.find((row) => row.ticket === code.toUpperCase()) || words.unknown;
    }
    const [session, , , end] = code.split(":")[0].split(".");
    if (session !== words.session) return words.other;
    if (Number(end) * 1000 < Date.now()) return words.expired;
    if (!window.crypto || !crypto.subtle) return words.noCrypto;
    const sum = await digest(code);
    return kept.rows.find((row) => row.code === sum) || words.unknown;
  }

  async function mark(row) {
    if (typeof row === "string") return say(row, "bad");
    const before = came(row);
    if (before) return say(words.used.replace("{name}", row.name).replace("{at}", clock(before)), "warn");
    kept.marks.push({ reservation: row.reservation, at: new Date().toISOString() });
    await put("drafts", key, kept);
    say(words.in.replace("{name}", row.name).replace("{n}", row.places), "ok");
    draw();
    return send();
  }

  function draw() {
    const list = one("door-list");
    list.replaceChildren();
    const find = one("door-find").value.trim();
    for (const row of kept.rows.filter((each) => !find || each.name.includes(find) || each.ticket === find.toUpperCase())) {
      const line = document.createElement("div");
      const text = document.createElement("span");
      text.className = "fill";
      text.textContent = row.places > 1 ? `${row.name} × ${row.places}` : row.name;
      const small = document.createElement("small");
      small.textContent = row.ticket;
      text.append(small);
      line.append(text);
      const at = came(row);
      const right = document.createElement(at ? "span" : "button");
      right.textContent = at ? words.cameAt.replace("{at}", clock(at)) : words.checkIn;
      if (at) right.className = "muted";
      else {
        right.type = "button";
        right.className = "button";
        right.dataset.kind = "main";
        right.setAttribute("aria-label", `${words.checkIn} ${row.name}`);
        right.addEventListener("click", () => mark(row));
      }
      line.append(right);
      list.append(line);
    }
    const there = kept.rows.filter(came).reduce((sum, row) => sum + row.places, 0);
    const all = kept.rows.reduce((sum, row) => sum + row.places, 0);
    one("door-count").textContent = words.count.replace("{there}", there).replace("{all}", all);
    one("door-state").textContent = kept.marks.length ? words.waiting.replace("{n}", kept.marks.length)
      : kept.taken ? words.fresh.replace("{at}", clock(kept.taken)) : words.noList;
    one("door-empty").hidden = kept.rows.length > 0;
  }

  async function load() {
    try {
      const answer = await fetch(words.list, { redirect: "manual", cache: "no-store" });
      if (!answer.ok) return say(words.stale, "bad");
      const told = await answer.json();
      kept = { ...kept, stamp: told.stamp, rows: told.rows, taken: told.taken };
      await put("drafts", key, kept);
    } catch {
      if (!kept.rows.length) say(words.offline, "warn");
    }
    return draw();
  }

  async function send() {
    if (sending || !kept.marks.length) return;
    if (!navigator.onLine) return;
    sending = true;
    const marks = [...kept.marks];
    try {
      const answer = await fetch(words.sync, {
        method: "POST", redirect: "manual", body: JSON.stringify({ stamp: kept.stamp, marks }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      });
      if (!answer.ok) {
        say(answer.status === 409 ? (await answer.json()).error : words.stale, "bad");
        return;
      }
      const { rows } = await answer.json();
      for (const told of rows) {
        const row = kept.rows.find((each) => each.reservation === String(told.reservation));
        if (row && (told.result === "in" || told.result === "again")) row.came_at = told.first_used || told.at;
        else if (told.why) say(`${row ? row.name : ""} ${told.why}`, "bad");
      }
      kept.marks = kept.marks.filter((left) => !marks.some((gone) => gone.reservation === left.reservation));
      await put("drafts", key, kept);
    } catch {
      // no line: what is marked stays here and is sent when there is one
    } finally {
      sending = false;
      draw();
    }
  }

  async function camera(button) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return say(words.noCamera, "warn");
    }
    const video = one("door-video");
    video.hidden = false;
    video.srcObject = stream;
    await video.play();
    button.hidden = true;
    one("door-stop").hidden = false;
    let last = "";
    let on = true;
    one("door-stop").addEventListener("click", () => { on = false; }, { once: true });
    while (on) {
      const found = await detector.detect(video).catch(() => []);
      const code = found.length ? found[0].rawValue : "";
      if (code && code !== last) await mark(await find(code));
      last = code || last;
      await new Promise((next) => setTimeout(next, 150));
    }
    for (const track of stream.getTracks()) track.stop();
    video.hidden = true;
    one("door-stop").hidden = true;
    button.hidden = false;
    return undefined;
  }

  one("door-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = one("door-code");
    if (input.value.trim()) await mark(await find(input.value));
    input.value = "";
    input.focus();
  });
  one("door-find").addEventListener("input", draw);
  one("door-send").addEventListener("click", async () => { await send(); await load(); });
  window.addEventListener("online", async () => { await send(); await load(); });
  if ("BarcodeDetector" in window && navigator.mediaDevices) {
    const button = one("door-scan");
    button.hidden = false;
    button.addEventListener("click", () => camera(button));
  }
  root.hidden = false;
  get("drafts", key).then((found) => { if (found) kept = { ...kept, ...found }; }).catch(() => {})
    .then(draw).then(send).then(load);
  if ("serviceWorker" in navigator) {
    // The page keeps itself at once: who opens it in the office and walks to the door needs no second visit.
    const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((each) => each.href || each.src);
    navigator.serviceWorker.register(words.worker, { scope: words.scope })
      .then(() => caches.open("linli-door-1"))
      .then((cache) => cache.addAll([location.pathname, ...parts]))
      .catch(() => {});
  }
}

// What is typed is never lost: a draft on the device, and a submission that waits for the line.
//   <form data-draft="repairs.report" data-send-once> with a hidden field named "once" (the idempotency key)
//   any element data-draft-clear="repairs.report" on the receipt: that, and nothing else, says it arrived
// The server answers a repeated "once" with the first receipt, so sending again can never report twice.
import * as store from "./store.js";
import { say, word } from "./words.js";

const owner = document.documentElement.dataset.owner || "";
const key = (name) => `${owner}|${name}`;
const PRIVATE = new Set(["csrfmiddlewaretoken", "once", "password", "code"]);

function fields(form) {
  return [...form.elements].filter((field) => field.name && !PRIVATE.has(field.name)
    && !["submit", "button", "file", "hidden", "password"].includes(field.type));
}

function read(form) {
  const values = {};
  for (const field of fields(form)) {
    if (["checkbox", "radio"].includes(field.type) && !field.checked) continue;
    (values[field.name] = values[field.name] || []).push(field.value);
  }
  const files = {};
  for (const input of form.querySelectorAll("input[type=file][data-photos]")) files[input.name] = [...input.files];
  return { values, files, at: Date.now() };
}

function isEmpty(draft) {
  return !Object.values(draft.values).flat().some((value) => value.trim()) && !Object.values(draft.files).flat().length;
}

function write(form, draft) {
  let changed = false;
  for (const field of fields(form)) {
    const values = draft.values[field.name] || [];
    if (["checkbox", "radio"].includes(field.type)) {
      const checked = values.includes(field.value);
      changed = changed || checked !== field.checked;
      field.checked = checked;
    } else if (!field.value && values.length) {
      // What the server already put there is newer than the draft.
      field.value = values.shift();
      changed = changed || Boolean(field.value);
    }
  }
  for (const input of form.querySelectorAll("input[type=file][data-photos]")) {
    const files = draft.files[input.name] || [];
    if (files.length && !input.files.length) {
      input.dispatchEvent(new CustomEvent("linli:restore", { detail: { files } }));
      changed = true;
    }
  }
  return changed;
}

async function follow(form) {
  const name = form.dataset.draft;
  const failed = Boolean(document.querySelector(".error-summary"));
  const first = JSON.stringify(read(form).values);
  // The server looked at it and asked for more: the waiting copy is out of date.
  if (failed) await store.remove("outbox", key(name));
  const draft = await store.get("drafts", key(name));
  if (draft && !isEmpty(draft) && write(form, draft) && !failed) {
    const box = say(word("draftRestored"), { tone: "info", sign: "edit", before: form });
    const afresh = document.createElement("button");
    afresh.type = "button";
    afresh.className = "button";
    afresh.dataset.size = "s";
    afresh.textContent = word("draftAfresh");
    afresh.addEventListener("click", async () => {
      await store.remove("drafts", key(name));
      location.reload();
    });
    box.append(afresh);
  }
  let waiting = 0;
  const keep = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const now = read(form);
      if (!isEmpty(now) && (JSON.stringify(now.values) !== first || Object.values(now.files).flat().length)) {
        store.put("drafts", key(name), now);
      }
    }, 400);
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("linli:photos", keep);
  if ("sendOnce" in form.dataset) form.addEventListener("submit", (event) => send(event, form, name));
}

async function send(event, form, name) {
  if (form.dataset.sending) return event.preventDefault();
  event.preventDefault();
  form.dataset.sending = "1";
  const by = event.submitter;
  const entries = [...new FormData(form)];
  if (by && by.name) entries.push([by.name, by.value]);
  const address = (by && by.getAttribute("formaction")) || form.getAttribute("action") || location.href;
  try {
    await store.put("drafts", key(name), read(form));
    await store.put("outbox", key(name), {
      name, owner, entries, url: new URL(address, location.href).href, page: location.href, at: Date.now(),
    });
  } catch {
    // A full or closed device must not keep a report from being sent.
  }
  if (!navigator.onLine) {
    delete form.dataset.sending;
    say(word("draftOffline"), { tone: "warn", sign: "hourglass", before: form }).scrollIntoView({ block: "center" });
    return;
  }
  if (by) {
    by.setAttribute("aria-busy", "true");
    if (by.name) {
      const carried = document.createElement("input");
      carried.type = "hidden";
      carried.name = by.name;
      carried.value = by.value;
      form.append(carried);
    }
  }
  HTMLFormElement.prototype.submit.call(form);
}

let flushing = false;

export async function flush() {
  if (flushing || !navigator.onLine) return;
  flushing = true;
  try {
    for (const at of await store.keys("outbox")) {
      const kept = await store.get("outbox", at);
      // Another person's words wait until that person has signed in again.
      if (kept && kept.owner === owner) await deliver(at, kept);
    }
  } finally {
    flushing = false;
  }
}

async function deliver(at, kept) {
  const body = new FormData();
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  for (const [name, value] of kept.entries) {
    body.append(name, name === "csrfmiddlewaretoken" && token ? token.value : value);
  }
  let answer;
  try {
    answer = await fetch(kept.url, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return; // still no line
  }
  const page = await answer.text();
  if (page.includes(`data-draft-clear="${kept.name}"`)) {
    await store.remove("outbox", at);
    await store.remove("drafts", at);
    say(word("draftSent"), { tone: "ok", sign: "done", link: { href: answer.url, text: word("draftReceipt") } });
  } else if (answer.status === 422) {
    await store.remove("outbox", at);
    // The draft stays; anything else (signed out meanwhile, a fault over there) is tried again later.
    say(word("draftMend"), { tone: "warn", sign: "edit", link: { href: kept.page, text: word("draftOpen") } });
  }
}

export async function start() {
  if (!window.indexedDB) return;
  try {
    for (const done of document.querySelectorAll("[data-draft-clear]")) {
      await store.remove("outbox", key(done.dataset.draftClear));
      await store.remove("drafts", key(done.dataset.draftClear));
    }
    for (const leave of document.querySelectorAll("[data-forget]")) {
      // On a shared device nothing of a person stays behind when they leave.
      leave.addEventListener("submit", () => {
        store.clear("drafts");
        store.clear("outbox");
      });
    }
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return; // back by the browser's own memory of the page: it may send again
      for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
      for (const button of document.querySelectorAll("form[data-draft] [aria-busy]")) button.removeAttribute("aria-busy");
    });
    for (const form of document.querySelectorAll("form[data-draft]")) await follow(form);
    await flush();
    window.addEventListener("online", flush);
  } catch (error) {
    console.warn("linli.draft", error); // a private window may refuse the device's storage
  }
}

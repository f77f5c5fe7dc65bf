// Passkeys: the browser's part of a WebAuthn ceremony. Without script or support the form stays hidden.
(() => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function ceremony(form) {
    const options = await (await fetch(form.dataset.options, { credentials: "same-origin" })).json();
    options.challenge = bytes(options.challenge);
    for (const list of [options.excludeCredentials, options.allowCredentials]) {
      for (const one of list || []) one.id = bytes(one.id);
    }
    const isNew = form.dataset.passkey === "register";
    if (isNew) options.user.id = bytes(options.user.id);
    const made = await navigator.credentials[isNew ? "create" : "get"]({ publicKey: options });
    const answer = { id: made.id, rawId: text(made.rawId), type: made.type, response: {} };
    const parts = isNew ? ["clientDataJSON", "attestationObject"]
      : ["clientDataJSON", "authenticatorData", "signature", "userHandle"];
    for (const part of parts) if (made.response[part]) answer.response[part] = text(made.response[part]);
    if (isNew) {
      answer.response.transports = made.response.getTransports ? made.response.getTransports() : [];
      answer.name = form.elements.name.value;
    }
    const next = form.elements.next ? `?next=${encodeURIComponent(form.elements.next.value)}` : "";
    const reply = await fetch(form.action + next, {
      method: "POST", credentials: "same-origin", body: JSON.stringify(answer),
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    const said = await reply.json();
    if (!reply.ok) throw new Error(said.detail);
    location.href = said.next || location.href;
  }

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      const error = form.querySelector("[role=alert]");
      error.hidden = true;
      button.setAttribute("aria-busy", "true");
      try {
        await ceremony(form);
      } catch {
        error.textContent = form.dataset.failed;
        error.hidden = false;
      }
      button.removeAttribute("aria-busy");
    });
  }
})();

// Reads a bar code or QR with the camera where the browser can (BarcodeDetector); elsewhere the button stays hidden.
//   <button type="button" hidden data-scan="id-of-the-input">   what was read is put there, and a "scanned" event fired
// An ISBN is taken only with a right check digit: a half-read stripe must not become a wrong book.
(() => {
  const words = document.currentScript.dataset;
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const detector = new BarcodeDetector({ formats: ["ean_13", "code_128", "code_39", "qr_code"] });

  function isSound(code) {
    if (!/^97[89]\d{10}$/.test(code)) return true; // no ISBN: our own label
    const sum = [...code].reduce((all, digit, place) => all + Number(digit) * (place % 2 ? 3 : 1), 0);
    return sum % 10 === 0;
  }

  async function scan(button) {
    const input = document.getElementById(button.dataset.scan);
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      say(button, words.noCamera);
      return;
    }
    const video = document.createElement("video");
    video.playsInline = true;
    video.muted = true;
    video.style.cssText = "inline-size:100%;max-block-size:50vh";
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "button";
    stop.textContent = words.stop;
    button.after(video, stop);
    video.srcObject = stream;
    await video.play();
    let on = true;
    const end = () => {
      on = false;
      for (const track of stream.getTracks()) track.stop();
      video.remove();
      stop.remove();
      input.focus();
    };
    stop.addEventListener("click", end);
    const until = Date.now() + 30000;
    while (on && Date.now() < until) {
      const found = await detector.detect(video).catch(() => []);
      const code = found.map((one) => one.rawValue.trim()).find((one) => one && isSound(one));
      if (code) {
        input.value = code;
        end();
        input.dispatchEvent(new CustomEvent("scanned", { bubbles: true }));
        return;
      }
      await new Promise((next) => setTimeout(next, 120));
    }
    if (on) {
      end();
      say(button, words.noCode);
    }
  }

  function say(button, sentence) {
    let told = button.parentElement.querySelector("[data-scan-told]");
    if (!told) {
      told = document.createElement("p");
      told.dataset.scanTold = "";
      told.setAttribute("role", "status");
      button.after(told);
    }
    told.textContent = sentence;
  }

  for (const button of document.querySelectorAll("[data-scan]")) {
    button.hidden = false;
    button.addEventListener("click", () => scan(button));
  }
})();

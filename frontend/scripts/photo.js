// Photos are made small, and lose their EXIF, before they leave the device: a canvas keeps pixels only.
// Enhances <div class="shots"><label>…<input type="file" data-photos data-max="6"></label></div>.
import { icon, say, word } from "./words.js";

const LONGEST = 1600;
const QUALITY = 0.85;

export async function shrink(file) {
  if (!file.type.startsWith("image/")) return file;
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file; // a format this browser cannot read, e.g. HEIC: the server shrinks it
  }
  const ratio = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * ratio));
  canvas.height = Math.max(1, Math.round(picture.height * ratio));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // what was transparent becomes paper, not black
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
}

export function photos(input) {
  const list = input.closest(".shots");
  const most = Number(input.dataset.max || 6);
  let kept = [];
  list.dataset.ready = "";
  input.classList.add("visually-hidden");

  function write() {
    const carrier = new DataTransfer();
    for (const file of kept) carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new CustomEvent("linli:photos", { bubbles: true }));
  }

  function draw() {
    for (const old of list.querySelectorAll("[data-shot]")) {
      URL.revokeObjectURL(old.querySelector("img").src);
      old.remove();
    }
    kept.forEach((file, at) => {
      const shot = document.createElement("div");
      shot.dataset.shot = "";
      const picture = document.createElement("img");
      picture.src = URL.createObjectURL(file);
      picture.alt = word("photo", { n: at + 1 });
      const remove = document.createElement("button");
      remove.type = "button";
      remove.setAttribute("aria-label", word("photoRemove", { n: at + 1 }));
      remove.append(icon("x"));
      remove.addEventListener("click", () => {
        kept.splice(at, 1);
        write();
        draw();
        const next = list.querySelectorAll("[data-shot] button")[Math.min(at, kept.length - 1)];
        (next || input).focus();
      });
      shot.append(picture, remove);
      list.insertBefore(shot, input.closest("label"));
    });
    input.closest("label").hidden = kept.length >= most;
  }

  async function add(files) {
    const room = most - kept.length;
    if (files.length > room) say(word("photoMost", { n: most }), { tone: "warn", sign: "camera", before: list });
    list.setAttribute("aria-busy", "true");
    for (const file of files.slice(0, room)) kept.push(await shrink(file));
    list.removeAttribute("aria-busy");
    write();
    draw();
  }

  input.addEventListener("change", () => add([...input.files]));
  // A draft puts back what was already made small.
  input.addEventListener("linli:restore", (event) => {
    kept = event.detail.files.slice(0, most);
    write();
    draw();
  });
  if (input.files.length) add([...input.files]);
}

export function start(root = document) {
  // Without DataTransfer the list of an input cannot be written: the plain input does the work.
  try {
    new DataTransfer();
  } catch {
    return;
  }
  for (const input of root.querySelectorAll("input[type=file][data-photos]")) photos(input);
}

// Sentences come translated from the page: the element #words carries them as data attributes.
const words = document.getElementById("words");

export function word(name, facts = {}) {
  const sentence = (words && words.dataset[name]) || "";
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in facts ? String(facts[key]) : whole));
}

export function icon(name, size = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  if (size) svg.dataset.size = size;
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

// A sentence in the page, read aloud by screen readers; it stays until the person has seen it.
export function say(sentence, { tone = "info", sign = "info", before = null, link = null } = {}) {
  const box = document.createElement("div");
  box.className = "notice";
  box.dataset.tone = tone;
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  text.className = "fill";
  text.textContent = sentence;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    text.append(" ", anchor);
  }
  box.append(icon(sign), text);
  const place = before || document.querySelector("#main > *");
  place.parentNode.insertBefore(box, place);
  return box;
}

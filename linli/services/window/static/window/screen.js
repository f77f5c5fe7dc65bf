// The call screen: the middle part is fetched every three seconds; a new call rings and is spoken, once a person has
// switched the sound on (browsers play none before a tap). Without script the page loads itself anew.
(() => {
  const root = document.getElementById("screen");
  const button = document.getElementById("screen-sound");
  const told = document.getElementById("screen-told");
  const calls = () => [...root.querySelectorAll("[data-call]")];
  let known = new Set(calls().map((row) => row.dataset.call));
  let sound = null;

  button.hidden = false;
  button.addEventListener("click", () => {
    sound = new AudioContext();
    ring();
    button.setAttribute("aria-pressed", "true");
    button.lastChild.textContent = root.dataset.on;
  });

  function ring() {
    const tone = sound.createOscillator();
    const level = sound.createGain();
    tone.frequency.value = 880;
    level.gain.setValueAtTime(0.25, sound.currentTime);
    level.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.8);
    tone.connect(level).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.8);
  }

  function say(row) {
    const words = root.dataset.say.replace("{number}", [...row.dataset.number].join(" "))
      .replace("{counter}", row.dataset.counter);
    told.textContent = root.dataset.say.replace("{number}", row.dataset.number).replace("{counter}", row.dataset.counter);
    if (!sound) return;
    ring();
    if (!window.speechSynthesis) return;
    const voice = new SpeechSynthesisUtterance(words);
    voice.lang = document.documentElement.lang;
    voice.rate = 0.85;
    speechSynthesis.speak(voice);
  }

  async function look() {
    try {
      const answer = await fetch(root.dataset.url, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      root.innerHTML = await answer.text();
      if (told.textContent === root.dataset.stale) told.textContent = "";
      const rows = calls();
      rows.filter((row) => !known.has(row.dataset.call)).reverse().forEach(say);
      known = new Set(rows.map((row) => row.dataset.call));
    } catch {
      told.textContent = root.dataset.stale;
    }
    setTimeout(look, 3000);
  }
  setTimeout(look, 3000);
})();

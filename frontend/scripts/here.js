// 「证明我在约好的地方」: puts the device's position into the form when asked, once. The server keeps only in or out.
export function start(root = document) {
  if (!navigator.geolocation) return;
  for (const button of root.querySelectorAll("[data-here]")) {
    const form = button.closest("form");
    const said = form.querySelector("[data-here-said]");
    const failed = form.querySelector("[data-here-failed]");
    button.hidden = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-busy", "true");
      const over = (shown) => {
        button.removeAttribute("aria-busy");
        said.hidden = shown !== said;
        failed.hidden = shown !== failed;
      };
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        form.elements.lon.value = coords.longitude;
        form.elements.lat.value = coords.latitude;
        form.elements.accuracy.value = coords.accuracy;
        over(said);
      }, () => over(failed), { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
    });
  }
}

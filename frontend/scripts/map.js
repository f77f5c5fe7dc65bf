// A tap on the community's map fills in the position. Only the page with the map loads this; the fields stay.
// <form><div class="map" data-pick data-lon data-lat data-across data-up><svg>…<path class="picked" hidden></svg></div>
// <input name="lon"> <input name="lat"> <input type="radio" name="place" value="other"> <p data-picked="…{lon} {lat}" role="status">
const DIGITS = 6;

for (const map of document.querySelectorAll("[data-pick]")) {
  const svg = map.querySelector("svg");
  const form = map.closest("form");
  const { lon, lat } = form.elements;
  const sign = svg.querySelector(".picked");
  const told = form.querySelector("[data-picked]");
  const { width, height } = svg.viewBox.baseVal;
  const facts = Object.fromEntries(["lon", "lat", "across", "up"].map((name) => [name, Number(map.dataset[name])]));

  const show = () => {
    const here = lon.value && lat.value;
    sign.toggleAttribute("hidden", !here);
    if (!here) return;
    const x = width / 2 + (Number(lon.value) - facts.lon) * facts.across;
    const y = height / 2 - (Number(lat.value) - facts.lat) * facts.up;
    sign.setAttribute("transform", `translate(${x} ${y})`);
  };
  svg.addEventListener("click", (event) => {
    const spot = svg.createSVGPoint();
    spot.x = event.clientX;
    spot.y = event.clientY;
    const at = spot.matrixTransform(svg.getScreenCTM().inverse());
    lon.value = (facts.lon + (at.x - width / 2) / facts.across).toFixed(DIGITS);
    lat.value = (facts.lat - (at.y - height / 2) / facts.up).toFixed(DIGITS);
    const other = form.querySelector('[name="place"][value="other"]');
    if (other) other.click();
    for (const field of [lon, lat]) field.dispatchEvent(new Event("input", { bubbles: true }));
    told.textContent = told.dataset.picked.replace("{lon}", lon.value).replace("{lat}", lat.value);
    show();
  });
  lon.addEventListener("input", show);
  lat.addEventListener("input", show);
  show();
}

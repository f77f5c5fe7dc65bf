// The worker of the visits' day page alone. Before it stand: self.FILES, self.PAGE (its path).
// The page names nobody, so the last one seen is kept and opens without a connection. Everything else is not touched.
const CACHE = "linli-visits-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(self.FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function freshOrKept(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    const isPage = (answer.headers.get("Content-Type") || "").includes("text/html");
    if (answer.ok && !answer.redirected && (isPage || request.mode !== "navigate")) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true }); // kept by the page itself, with other headers
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { pathname, origin } = new URL(request.url);
  if (origin !== self.location.origin) return;
  const isPage = request.mode === "navigate" && pathname === self.PAGE;
  if (isPage || pathname.startsWith("/static/")) event.respondWith(freshOrKept(request));
});

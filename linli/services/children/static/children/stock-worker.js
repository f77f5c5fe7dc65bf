// The worker of the stock-take pages. Before it stand: self.FILES (scripts), self.SCOPE (its path).
// Their pages name nobody, so the last one seen is kept and opens without a connection; everything else is not touched.
const CACHE = "linli-stock-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(self.FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

async function freshOrKept(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected && (answer.headers.get("Content-Type") || "").includes("text/html")
        || answer.ok && request.mode !== "navigate") await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true }); // kept by the page itself, which asks with other headers
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { pathname, origin } = new URL(request.url);
  if (origin !== self.location.origin) return;
  const isTake = request.mode === "navigate" && pathname.startsWith(self.SCOPE) && /\/\d+\/$/.test(pathname);
  if (isTake || self.FILES.includes(pathname) || pathname.startsWith("/static/")) {
    event.respondWith(freshOrKept(request));
  }
});

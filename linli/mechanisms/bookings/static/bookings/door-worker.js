// The worker of the door pages. Before it stands: self.SCOPE (their path).
// The page itself names nobody, so the last one seen is kept and opens without a connection; the list of names lies in
// IndexedDB, not here, and goes with signing out. Everything else is not touched.
const CACHE = "linli-door-1";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
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
  const isDoor = request.mode === "navigate" && pathname.startsWith(self.SCOPE) && /\/\d+\/$/.test(pathname);
  if (isDoor || pathname.startsWith("/static/")) event.respondWith(freshOrKept(request));
});

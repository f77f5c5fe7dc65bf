// The service worker. /sw.js puts a line before it: self.LINLI = {version, offline, shell: [addresses]}.
const { version, offline, shell } = self.LINLI;
const CACHE = `linli-${version}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([offline, ...shell])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    // Pages hold personal data: they are never kept, only the page that says the line is down.
    event.respondWith(fetch(request).catch(() => caches.match(offline)));
  } else if (request.method === "GET" && shell.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request, { ignoreSearch: true }).then((kept) => kept || fetch(request)));
  }
});

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    told = { body: event.data ? event.data.text() : "" };
  }
  event.waitUntil(self.registration.showNotification(told.title || "邻里", {
    body: told.body || "", icon: self.LINLI.mark, tag: told.key, data: { url: told.url || "/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  const target = url.origin === self.location.origin ? url.href : self.location.origin;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) => {
    const same = open.find((client) => client.url === target);
    return same ? same.focus() : self.clients.openWindow(target);
  }));
});

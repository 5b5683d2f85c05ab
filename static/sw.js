// Gives the telephone its visits where there is no network: pages that phone.js sealed, and the files they look like.
// Nothing else is kept, and nothing is answered from here while the server answers.
"use strict";
importScripts("/static/phone-store.js");

// Pages for the telephone: under which addresses they stand, and where each kind of them begins.
const HOMES = { "/visits/phone/": "/visits/phone/", "/requests/field/": "/requests/field/", "/requests/jobs/": "/requests/field/" };
const PATIENCE = 6000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", function (event) {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) { return; }
  if (request.mode === "navigate" && homeOf(url)) {
    event.respondWith(fromServer(request).catch(() => kept(url)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(look(request));
  }
});

function homeOf(url) {
  const under = Object.keys(HOMES).find((start) => url.pathname.startsWith(start));
  return under && HOMES[under];
}

function fromServer(request) {
  return new Promise(function (resolve, reject) {
    const late = setTimeout(() => reject(new Error("late")), PATIENCE);
    fetch(request).then(resolve, reject).finally(() => clearTimeout(late));
  });
}

async function look(request) {
  const cache = await caches.open(self.kamStore.STATIC);
  try {
    const found = await fetch(request);
    if (found.ok && await cache.match(request)) { await cache.put(request, found.clone()); }
    return found;
  } catch (error) {
    return (await cache.match(request)) || Response.error();
  }
}

async function kept(url) {
  const home = homeOf(url);
  const page = await self.kamStore.page(url.pathname);
  if (!page) {
    const away = url.pathname !== home && await self.kamStore.page(home);
    return away ? Response.redirect(home + "?missing=1", 302) : Response.error();
  }
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  if (page.policy) { headers["Content-Security-Policy"] = page.policy; }
  return new Response(page.html, { headers: headers });
}

// What the browser keeps of An Lành: the files of the shell, and pages that say so with their headers (see offline.py).
"use strict";
importScripts("{{ asset('web/push-worker.js') }}");

const SHELL = "shell-{{ version }}";
const OFFLINE = "/khong-co-mang";
const SIGN_OUT = "/dang-xuat";
const STATIC = "/static/";
const ANSWERS = "/health/live"; // who asks whether the server answers is told by the way that forms take
const FILES = [
  OFFLINE, "{{ asset('web/app.css') }}", "{{ asset('web/app.js') }}", "{{ asset('web/vendor/htmx.js') }}", "{{ asset('web/mark.svg') }}",
  "{{ asset('web/vendor/latin-400.woff2') }}", "{{ asset('web/vendor/latin-600.woff2') }}",
  "{{ asset('web/vendor/vietnamese-400.woff2') }}", "{{ asset('web/vendor/vietnamese-600.woff2') }}",
];
const KEPT = "kept-";
const MOST = 40;
const LONG_DAYS = 30; // what may be kept that long, such as the emergency card, is not pushed out by other pages
const DAY_MS = 86_400_000;
const AWAY = new Set([502, 503, 504]);

self.addEventListener("install", (event) => event.waitUntil(begin()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keepSeen(event.source.url)); // the page that was there before the worker
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === SIGN_OUT) event.waitUntil(forget());
  if (url.pathname.startsWith(STATIC)) event.respondWith(file(request));
  else if (url.pathname === ANSWERS) event.respondWith(fetch(request));
  else if (request.mode === "navigate") event.respondWith(request.method === "GET" ? show(event) : send(request));
});

async function begin() {
  const cache = await caches.open(SHELL);
  await cache.addAll(FILES);
  await self.skipWaiting();
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== SHELL).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

async function send(request) {
  try {
    return await fetch(request);
  } catch {
    return caches.match(OFFLINE);
  }
}

async function show(event) {
  const { request } = event;
  let answer = null;
  try {
    answer = await fetch(request);
  } catch {
    return (await kept(request.url)) ?? caches.match(OFFLINE);
  }
  if (AWAY.has(answer.status)) return (await kept(request.url)) ?? answer;
  event.waitUntil(keep(request.url, answer.clone()));
  return answer;
}

async function keepSeen(address) {
  await keep(address, await fetch(address));
}

async function keep(address, answer) {
  const person = answer.headers.get("anlanh-person");
  if (!person) return;
  const own = KEPT + person;
  await forget(own);
  if (person === "-" || !answer.ok || !answer.headers.has("anlanh-keep")) return;
  const cache = await caches.open(own);
  await put(cache, address, answer);
  const also = (answer.headers.get("anlanh-also") ?? "").split(" ").filter(Boolean);
  for (const path of also) {
    const href = new URL(path, self.location.origin).href;
    const before = await cache.match(href, { ignoreVary: true });
    if (Date.now() - Number(before?.headers.get("anlanh-at") ?? 0) < DAY_MS) continue;
    const other = await fetch(href, { redirect: "error" });
    const same = other.headers.get("anlanh-person") === person && other.headers.has("anlanh-keep");
    if (other.ok && same) await put(cache, href, other);
  }
  await thin(cache);
}

async function put(cache, address, answer) {
  const headers = new Headers(answer.headers);
  headers.set("anlanh-at", String(Date.now()));
  headers.delete("content-encoding");
  await cache.put(address, new Response(await answer.text(), { status: 200, headers }));
}

async function thin(cache) {
  const all = await cache.keys();
  const short = [];
  for (const request of all) {
    const answer = await cache.match(request, { ignoreVary: true });
    if (Number(answer?.headers.get("anlanh-keep")) < LONG_DAYS) short.push(request);
  }
  await Promise.all(short.slice(0, Math.max(0, short.length - MOST)).map((request) => cache.delete(request)));
}

async function kept(address) {
  for (const name of (await caches.keys()).filter((each) => each.startsWith(KEPT))) {
    const cache = await caches.open(name);
    const answer = await cache.match(address, { ignoreVary: true });
    if (!answer) continue;
    const at = Number(answer.headers.get("anlanh-at"));
    if (at + Number(answer.headers.get("anlanh-keep")) * DAY_MS > Date.now()) return dated(answer, at);
    await cache.delete(address, { ignoreVary: true });
  }
  return null;
}

async function dated(answer, at) {
  const text = await answer.text();
  const when = new Intl.DateTimeFormat("vi-VN", { dateStyle: "short", timeStyle: "short" }).format(at);
  const shown = text.replace('id="kept" hidden', 'id="kept"').replace("<time></time>", `<time>${when}</time>`);
  return new Response(shown, { status: 200, headers: answer.headers });
}

async function forget(butFor = "") {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(KEPT) && name !== butFor).map((name) => caches.delete(name)));
}

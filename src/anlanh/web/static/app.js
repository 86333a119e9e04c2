// The little that pages do with script: keep the worker, offer to install, bring the chosen part of the menu into sight,
// list what is kept. Everything works without it.
"use strict";

const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
const NOT_NOW = "anlanh-install-not-now";

if (navigator.serviceWorker) {
  const first = !navigator.serviceWorker.controller;
  navigator.serviceWorker.register("/sw.js").catch(() => {});
  if (first) navigator.serviceWorker.ready.then((registration) => registration.active.postMessage("keep"));
}

function hint(kind) {
  const box = document.querySelector(`[data-install="${kind}"]`);
  if (box && !installed && !localStorage.getItem(NOT_NOW)) box.hidden = false;
  return box;
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const box = hint("ask");
  box?.querySelector("[data-install-now]")?.addEventListener("click", async () => {
    box.hidden = true;
    await event.prompt();
  });
});
if (/iphone|ipad|ipod/i.test(navigator.userAgent)) hint("share");
for (const close of document.querySelectorAll("[data-install-later]")) {
  close.addEventListener("click", () => {
    localStorage.setItem(NOT_NOW, "1");
    close.closest("[data-install]").hidden = true;
  });
}

const here = document.querySelector(".parts [aria-current]");
if (here) {
  const parts = here.parentElement;
  parts.scrollLeft = here.offsetLeft - parts.offsetLeft - (parts.clientWidth - here.offsetWidth) / 2;
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const button of document.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => location.reload());
  addEventListener("online", () => location.reload());
}

const list = document.querySelector("[data-kept-pages]");
if (list && "caches" in self) {
  const names = (await caches.keys()).filter((name) => name.startsWith("kept-"));
  for (const name of names) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const text = await (await cache.match(request, { ignoreVary: true })).text();
      const title = new DOMParser().parseFromString(text, "text/html").title.split(" – ")[0];
      const link = Object.assign(document.createElement("a"), { href: request.url, textContent: title });
      link.className = "strong";
      const row = document.createElement("li");
      row.append(link);
      list.append(row);
    }
  }
  list.closest("section").hidden = list.children.length === 0;
}

// What the service worker does with a notification: show it, once for its tag, and lead to the inbox when it is tapped.
// The text never says what a message is about. Time is the server's: the clock of the telephone is not asked.
self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const options = { body: told.body || "", tag: told.tag, data: { url: told.url || "/tin-nhan" } };
  event.waitUntil(self.registration.showNotification("An Lành", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin !== self.location.origin) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window" }).then((open) => {
      const there = open.find((each) => new URL(each.url).pathname === url.pathname);
      return there ? there.focus() : self.clients.openWindow(url.href);
    }),
  );
});

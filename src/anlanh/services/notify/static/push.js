// The button that has this device notified. Without script, or where a browser cannot, the page says what else there is.
const box = document.querySelector("[data-push]");

function show(state) {
  for (const each of box.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== state;
}

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function called() {
  const found = /(iPhone|iPad|Android|Windows|Mac OS|Linux)/.exec(navigator.userAgent);
  return found ? found[1] : "";
}

async function subscribe(form) {
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) };
  const subscription = await registration.pushManager.subscribe(options);
  form.elements.address.value = JSON.stringify(subscription);
  form.elements.device.value = called();
  form.submit();
}

async function begin() {
  const ios = /iPhone|iPad/.test(navigator.userAgent);
  if (!("PushManager" in window) || !navigator.serviceWorker) return show(ios ? "ios" : "unknown");
  if (Notification.permission === "denied") return show("blocked");
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration) return show("unknown");
  show((await registration.pushManager.getSubscription()) ? "on" : "off");
  const form = box.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    subscribe(form).catch(() => show(Notification.permission === "denied" ? "blocked" : "off"));
  });
}

if (box) begin();

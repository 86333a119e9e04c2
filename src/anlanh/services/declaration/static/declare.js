// Live branching, and drafts that outlive a lost network. Everything works without: the server asks the same conditions,
// and a declaration that is sent twice is kept once (the field _key).
const form = document.querySelector("form[data-declare]");
const KEPT_MS = 7 * 24 * 3600 * 1000;
const ASK_AGAIN_MS = 1000;

// A guest's draft ends with the tab: the device may be anybody's.
const shelf = form && form.dataset.for === "guest" ? sessionStorage : localStorage;

function named(name, place) {
  return `anlanh-declare:${name}:${place}`;
}

// Values of a question as seen from a place: of the same round of a repeating group first, then further out.
function valuesOf(data, key, question) {
  for (let parts = key.split(":").slice(0, -1); ; parts = parts.slice(0, -2)) {
    const found = data.getAll([...parts, question].join(":")).filter((each) => each !== "");
    if (found.length || !parts.length) return found;
  }
}

const COMPARE = {
  "=": (a, b) => a === b, "!=": (a, b) => a !== b,
  ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b,
};

function meets(values, operator, wanted) {
  if (operator === "exists") return String(values.length > 0) === wanted;
  const number = (each) => (each.trim() !== "" && !Number.isNaN(Number(each)) ? Number(each) : each);
  return values.some((each) => COMPARE[operator](number(each), number(wanted)));
}

function branch() {
  for (const each of form.querySelectorAll("[data-when]")) {
    const data = new FormData(form);
    for (const gone of form.querySelectorAll("[data-key][hidden]")) data.delete(gone.dataset.key);
    const held = JSON.parse(each.dataset.when).map(([question, operator, wanted]) =>
      meets(valuesOf(data, each.dataset.key, question), operator, wanted));
    each.hidden = !(each.dataset.any ? held.some(Boolean) : held.every(Boolean));
  }
}

function draft() {
  try {
    const found = JSON.parse(shelf.getItem(named(form.dataset.declare, form.dataset.for)) || "null");
    return found && Date.now() - found.at < KEPT_MS ? found : null;
  } catch {
    return null;
  }
}

function keep(go) {
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "_token" && name !== "_go");
  const kept = { at: Date.now(), go: go || "stay", fields };
  shelf.setItem(named(form.dataset.declare, form.dataset.for), JSON.stringify(kept));
}

// The draft is sent as the form itself, with the token of this page.
function send(found) {
  const sending = document.createElement("form");
  sending.method = "post";
  sending.action = form.action;
  for (const [name, value] of [...found.fields, ["_go", found.go], ["_token", form.elements._token.value]]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    sending.append(field);
  }
  document.body.append(sending);
  sending.submit();
}

function begin() {
  branch();
  const fresh = form.elements._part.value === "0" && location.search.indexOf("tiep=") < 0 && document.referrer.indexOf(form.action) < 0;
  const found = draft();
  if (found && fresh && !document.querySelector("#said .alert")) {
    const box = form.querySelector("[data-draft]");
    box.hidden = false;
    box.querySelector("[data-resume]").addEventListener("click", () => send(found));
    box.querySelector("[data-drop]").addEventListener("click", () => {
      shelf.removeItem(named(form.dataset.declare, form.dataset.for));
      box.hidden = true;
    });
  }
  form.addEventListener("input", () => {
    branch();
    keep();
  });
  form.addEventListener("submit", (event) => {
    keep(event.submitter ? event.submitter.value : "next");
    if (navigator.onLine) return;
    event.preventDefault();
    form.querySelector("[data-offline]").hidden = false;
  });
  window.addEventListener("online", sendWhenAnswered);
}

// A device says it is online before anything answers: what is sent too early ends on the browser's own error page.
async function sendWhenAnswered() {
  while (navigator.onLine && !form.querySelector("[data-offline]").hidden) {
    const answered = await fetch("/health/live", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (answered) return send(draft());
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

if (form) begin();
const sent = document.querySelector("[data-sent]");
if (sent) {
  for (const each of [localStorage, sessionStorage])
    for (const key of Object.keys(each)) if (key.startsWith(named(sent.dataset.sent, ""))) each.removeItem(key);
}

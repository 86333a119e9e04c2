// Passkeys: asks the server for a question, has the device answer it, and sends the answer as an ordinary form.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function asBytes(question) {
  const found = { ...question, challenge: bytes(question.challenge) };
  if (found.user) found.user = { ...found.user, id: bytes(found.user.id) };
  for (const name of ["allowCredentials", "excludeCredentials"])
    if (found[name]) found[name] = found[name].map((each) => ({ ...each, id: bytes(each.id) }));
  return found;
}

function asText(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) said[name] = text(response[name]);
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function answer(form) {
  const asked = await fetch(form.dataset.ask, {
    method: "POST", headers: { "X-Form-Token": form.elements._token.value },
  });
  if (!asked.ok) throw new Error(String(asked.status));
  const publicKey = asBytes(await asked.json());
  const made = form.dataset.make
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  form.elements.answer.value = asText(made);
  form.submit();
}

for (const form of document.querySelectorAll("form[data-ask]")) {
  if (!window.PublicKeyCredential) continue;
  form.closest("[hidden]")?.removeAttribute("hidden");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    answer(form).catch(() => { failed.hidden = false; });
  });
}

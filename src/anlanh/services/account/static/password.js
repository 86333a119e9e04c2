// Shows a password while its box is ticked; it is hidden again before the form is sent, so that browsers keep it as a password.
for (const box of document.querySelectorAll("input[data-shows]")) {
  const field = document.getElementById(box.dataset.shows);
  box.closest("[hidden]").hidden = false;
  box.checked = false;
  box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
  field.form.addEventListener("submit", () => { field.type = "password"; });
}

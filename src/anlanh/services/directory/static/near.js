// “Near me”: asks the device where it is, only when tapped, and sends it with the search form, never in an address.
const button = document.querySelector("[data-near]");

if (button && navigator.geolocation) {
  const form = button.form;
  const said = document.querySelector("[data-near-said]");
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.kinhdo.value = coords.longitude.toFixed(3);
        form.elements.vido.value = coords.latitude.toFixed(3);
        form.requestSubmit();
      },
      () => {
        button.disabled = false;
        said.hidden = false;
      },
      { maximumAge: 60000, timeout: 15000 },
    );
  });
}

// The camera reads the code of a card into the box, where the browser knows how. Keyboard scanners need none of this.
const button = document.querySelector("[data-scan]");
const box = document.querySelector("#who");
const place = document.querySelector("[data-camera]");

async function start() {
  const film = place.querySelector("video");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const reader = new BarcodeDetector({ formats: ["qr_code"] });
  film.srcObject = stream;
  place.hidden = false;
  await film.play();
  const end = () => {
    stream.getTracks().forEach((track) => track.stop());
    film.srcObject = null;
    place.hidden = true;
  };
  place.querySelector("[data-stop]").onclick = end;
  while (film.srcObject) {
    const found = await reader.detect(film).catch(() => []);
    if (found.length > 0) {
      end();
      box.value = found[0].rawValue;
      box.form.requestSubmit();
      return;
    }
    await new Promise((next) => setTimeout(next, 150));
  }
}

if (button && "BarcodeDetector" in window && navigator.mediaDevices) {
  button.hidden = false;
  button.addEventListener("click", () => start().catch(() => { place.hidden = true; button.hidden = true; }));
}

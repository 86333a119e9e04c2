// Reads the article aloud with the voice of the device. Without script or without a voice the button stays hidden.
const button = document.querySelector("[data-listen]");
const voices = window.speechSynthesis;

function words() {
  const parts = document.querySelectorAll("[data-spoken] h1, [data-spoken] .lead, .article h2, .article p:not(.row), .article li");
  return [...parts].map((each) => each.innerText.trim()).filter(Boolean);
}

function told(label) {
  button.querySelector("span").textContent = label;
}

function listen(label) {
  const lines = words();
  told(button.dataset.stop);
  lines.forEach((line, at) => {
    const spoken = new SpeechSynthesisUtterance(line);
    spoken.lang = "vi-VN";
    spoken.voice = voices.getVoices().find((each) => each.lang.toLowerCase().startsWith("vi")) ?? null;
    if (at === lines.length - 1) spoken.addEventListener("end", () => told(label));
    voices.speak(spoken);
  });
}

function offer() {
  button.hidden = !voices.getVoices().some((each) => each.lang.toLowerCase().startsWith("vi"));
}

if (button && voices) {
  const label = button.querySelector("span").textContent;
  offer();
  voices.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => {
    if (!voices.speaking) return listen(label);
    voices.cancel();
    told(label);
  });
  addEventListener("pagehide", () => voices.cancel());
}

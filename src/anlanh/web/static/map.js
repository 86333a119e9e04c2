// Moves and zooms maps: buttons, mouse, two fingers. One finger scrolls the page until one has zoomed in.
const MOST = 24;

for (const map of document.querySelectorAll("[data-map]")) {
  const svg = map.querySelector("svg");
  const whole = svg.getAttribute("viewBox").split(" ").map(Number);
  let [left, top, width, height] = whole;
  const fingers = new Map();
  let moved = 0;

  const show = () => {
    width = Math.min(whole[2] * 1.5, Math.max(whole[2] / MOST, width));
    height = width * whole[3] / whole[2];
    left = Math.min(Math.max(left, whole[0] - width / 2), whole[0] + whole[2] - width / 2);
    top = Math.min(Math.max(top, whole[1] - height / 2), whole[1] + whole[3] - height / 2);
    svg.setAttribute("viewBox", [left, top, width, height].join(" "));
    svg.style.touchAction = width < whole[2] ? "none" : "pan-x pan-y";
  };
  const zoom = (times, x = 0.5, y = 0.5) => {
    const before = [width, height];
    width = Math.min(whole[2] * 1.5, Math.max(whole[2] / MOST, width / times));
    height = width * whole[3] / whole[2];
    left += (before[0] - width) * x;
    top += (before[1] - height) * y;
    show();
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };

  svg.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    moved = 0;
  });
  svg.addEventListener("pointermove", (event) => {
    const from = fingers.get(event.pointerId);
    if (!from || (event.pointerType === "touch" && fingers.size < 2 && width >= whole[2])) return;
    const box = svg.getBoundingClientRect();
    const apart = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    left -= (event.clientX - from.x) * width / box.width / fingers.size;
    top -= (event.clientY - from.y) * height / box.height / fingers.size;
    moved += Math.abs(event.clientX - from.x) + Math.abs(event.clientY - from.y);
    if (apart) zoom(spread() / apart, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    else show();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  svg.addEventListener("click", (event) => { if (moved > 8) event.preventDefault(); }, true);
  svg.addEventListener("dragstart", (event) => event.preventDefault());

  const tools = map.querySelector("[data-map-tools]");
  const acts = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), back: () => { [left, top, width, height] = whole; show(); } };
  for (const button of tools ? tools.querySelectorAll("button") : []) {
    button.addEventListener("click", acts[button.value]);
  }
  if (tools) tools.hidden = false;
  show();
}

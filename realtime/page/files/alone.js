// The page that paints in the browser itself: a worker runs the styles' networks.

import { Camera } from "./camera.js";
import { Pace } from "./pace.js";
import { Tiles } from "./tiles.js";
import { at, offerMirrorAndSave, say } from "./view.js";

const pace = new Pace(424);
const camera = new Camera(pace.size);
const runner = new URLSearchParams(location.search).get("runner") ?? "";
const worker = new Worker(`./painter.js?runner=${encodeURIComponent(runner)}`, { type: "module" });
const tiles = new Tiles(at("tiles"), choose);
const styles = await (await fetch("./styles.json")).json();
let chosen = 0;
let opening = true;
let busy = false;
let shown = 0;
let lastMs = 0;

function showTiles() {
  tiles.show({
    names: styles.map((style) => style.name),
    titles: styles.map((style) => style.title),
    chosen,
    busy: opening ? chosen : -1,
    still: (index) => `./styles/${index + 1}.jpg`,
  });
  at("title").textContent = `${chosen + 1} ${styles[chosen].name}: ${styles[chosen].title}`;
}

function choose(index) {
  chosen = index;
  opening = true;
  say(`opening ${styles[index].name} ...`);
  showTiles();
  const files = Object.entries(styles[index].files).map(([kind, file]) => [kind, new URL(file, location.href).href]);
  worker.postMessage({ open: Object.fromEntries(files), style: index });
}

function pump() {
  if (busy || !camera.draw(8)) return;
  busy = true;
  const { width, height } = camera.canvas;
  const { data } = camera.context.getImageData(0, 0, width, height);
  original = new ImageData(new Uint8ClampedArray(data), width, height);
  worker.postMessage({ pixels: data, width, height }, [data.buffer]);
}

let original = null;
const painting = document.createElement("canvas");

worker.addEventListener("message", ({ data }) => {
  if (data.error) {
    busy = false;
    say(data.error, false);
  } else if (data.runner) {
    opening = data.opened !== chosen;
    if (!opening) say("");
    document.body.dataset.runner = data.runner;
    showTiles();
  } else {
    busy = false;
    for (const canvas of [at("picture"), painting]) {
      if (canvas.width !== data.width) canvas.width = data.width;
      if (canvas.height !== data.height) canvas.height = data.height;
    }
    painting.getContext("2d").putImageData(new ImageData(data.pixels, data.width, data.height), 0, 0);
    const context = at("picture").getContext("2d");
    context.putImageData(original, 0, 0);
    context.globalAlpha = Number(at("strength").value);
    context.drawImage(painting, 0, 0);
    context.globalAlpha = 1;
    lastMs = data.ms;
    if (pace.took(data.ms)) camera.longest = pace.size;
    shown += 1;
    document.body.dataset.painted = shown;
    document.body.dataset.ms = data.ms.toFixed(1);
    pump();
  }
});

at("start").addEventListener("click", async () => {
  if (camera.stream) {
    camera.stop();
  } else {
    try {
      await camera.start();
    } catch (error) {
      say(error.message, false);
    }
  }
  at("start").textContent = camera.stream ? "Stop camera" : "Start camera";
  at("start").setAttribute("aria-pressed", String(Boolean(camera.stream)));
});
at("turn").addEventListener("click", () => {
  camera.turn();
  if (camera.stream) camera.start().catch((error) => say(error.message, false));
});
at("strength").addEventListener("input", (event) => {
  at("strength-value").textContent = `${Math.round(100 * event.target.value)} %`;
});
at("size").addEventListener("input", (event) => {
  pace.set(Number(event.target.value));
  camera.longest = pace.size;
  at("size-value").textContent = event.target.value;
});
offerMirrorAndSave();

let before = 0;
setInterval(() => {
  if (camera.stream) {
    const { width, height } = at("picture");
    const runner = document.body.dataset.runner ?? "";
    at("figures").textContent = `${shown - before} fps, ${Math.round(lastMs)} ms, ${width}x${height}, ${runner}`;
  }
  before = shown;
}, 1000);
setInterval(pump, 30);
choose(0);
document.body.dataset.live = "yes";

// The page of a visitor: sends frames of the camera, shows them painted.

import { Camera } from "./camera.js";
import { Tiles } from "./tiles.js";
import { at, offerMirrorAndSave, say } from "./view.js";

const IN_FLIGHT = 2;
const camera = new Camera();
const tiles = new Tiles(at("tiles"), (index) => send(`style ${index + 1}`));
const context = at("picture").getContext("2d");
let styles = [];
let socket = null;
let state = null;
let sent = 0;
let answered = 0;
let shown = 0;
let encoding = false;
const stillVersion = new Map();

function send(line) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(line);
}

// At most IN_FLIGHT frames are on their way, so that each is as new as it can be.
async function pump() {
  if (encoding || socket?.readyState !== WebSocket.OPEN || state?.place !== 0) return;
  if (sent - answered >= IN_FLIGHT || !camera.draw()) return;
  encoding = true;
  const jpeg = await (await camera.jpeg()).arrayBuffer();
  encoding = false;
  if (socket.readyState !== WebSocket.OPEN) return;
  sent += 1;
  const message = new Uint8Array(4 + jpeg.byteLength);
  new DataView(message.buffer).setUint32(0, sent);
  message.set(new Uint8Array(jpeg), 4);
  socket.send(message);
}

async function take(data) {
  answered = Math.max(answered, new DataView(data).getUint32(0));
  pump();
  if (data.byteLength === 4) return;
  const picture = await createImageBitmap(new Blob([new Uint8Array(data, 4)], { type: "image/jpeg" }));
  const canvas = at("picture");
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  context.drawImage(picture, 0, 0);
  picture.close();
  shown += 1;
  document.body.dataset.painted = shown;
}

function show(next) {
  state = next;
  for (const [id, value, text] of [
    ["strength", state.strength, `${Math.round(100 * state.strength)} %`],
    ["strokes", Math.log2(state.stroke_scale), `${state.stroke_scale.toFixed(2)} ×`],
    ["steady", state.steady, `${Math.round(100 * state.steady)} %`],
  ]) {
    if (document.activeElement !== at(id)) at(id).value = value;
    at(`${id}-value`).textContent = text;
  }
  at("original").setAttribute("aria-pressed", String(state.original));
  at("colours").setAttribute("aria-pressed", String(state.keep_colors));
  at("brighten").setAttribute("aria-pressed", String(state.brighten));
  const style = styles[state.style];
  at("title").textContent = state.original ? "original" : style ? `${state.style + 1} ${style.name}: ${style.title}` : "";
  if (state.place > 0) {
    say(`please wait: ${state.place === 1 ? "you are next" : `${state.place - 1} before you`}`);
  } else {
    say("");
  }
  showTiles();
  pump();
}

function showTiles() {
  tiles.show({
    names: styles.map((style) => style.name),
    titles: styles.map((style) => style.title),
    chosen: !state || state.original ? -1 : state.style,
    busy: -1,
    still: (index) => `/still/${index}.jpg?v=${stillVersion.get(index) ?? 0}`,
  });
}

// A style that is not open yet has no picture; it is asked for again.
at("tiles").addEventListener("error", (event) => {
  const index = [...document.querySelectorAll(".still")].indexOf(event.target);
  const version = (stillVersion.get(index) ?? 0) + 1;
  if (version < 60) setTimeout(() => { stillVersion.set(index, version); showTiles(); }, 1000);
}, true);

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/visit`);
  socket.binaryType = "arraybuffer";
  sent = answered = 0;
  socket.addEventListener("message", (event) => {
    if (typeof event.data !== "string") return take(event.data);
    const told = JSON.parse(event.data);
    if (told.error) say(told.error, false);
    else show(told);
  });
  socket.addEventListener("close", () => {
    state = null;
    at("figures").textContent = "nstcam does not answer";
    setTimeout(connect, 2000);
  });
}

async function start() {
  try {
    await camera.start();
    at("start").textContent = "Stop camera";
    at("start").setAttribute("aria-pressed", "true");
    say("");
  } catch (error) {
    say(error.message, false);
  }
}

at("start").addEventListener("click", () => {
  if (!camera.stream) return start();
  camera.stop();
  at("start").textContent = "Start camera";
  at("start").setAttribute("aria-pressed", "false");
});
at("turn").addEventListener("click", () => {
  camera.turn();
  if (camera.stream) start();
});
at("original").addEventListener("click", () => send(`original ${state?.original ? "off" : "on"}`));
at("colours").addEventListener("click", () => send(`keep-colors ${state?.keep_colors ? "off" : "on"}`));
at("brighten").addEventListener("click", () => send(`brighten ${state?.brighten ? "off" : "on"}`));
offerMirrorAndSave();
at("strength").addEventListener("input", (event) => send(`strength ${event.target.value}`));
at("steady").addEventListener("input", (event) => send(`steady ${event.target.value}`));
at("strokes").addEventListener("input", (event) => send(`stroke-scale ${(2 ** event.target.value).toFixed(3)}`));

let before = 0;
setInterval(() => {
  if (socket?.readyState === WebSocket.OPEN) {
    at("figures").textContent = camera.stream ? `${shown - before} fps` : "connected";
  }
  before = shown;
}, 1000);
setInterval(pump, 30);
styles = await (await fetch("/styles.json")).json();
document.body.dataset.live = "yes";
connect();

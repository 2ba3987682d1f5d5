// The page of a live session: shows its state, and sends commands.

import { onAnswer, send } from "./commands.js";
import { onKey } from "./keys.js";
import { Tiles } from "./tiles.js";
import { takeUploads } from "./upload.js";
import { at, say } from "./view.js";

const percent = (share) => `${Math.round(100 * share)} %`;
const tiles = new Tiles(at("tiles"), (index) => send(`style ${index + 1}`));
let state = null;

// A slider that somebody moves is not pulled back by a state that was on its way.
const held = new Map();
function slide(id, command) {
  const slider = at(id);
  slider.addEventListener("input", () => {
    held.set(id, performance.now() + 400);
    label(id, Number(slider.value));
    send(command(Number(slider.value)));
  });
}

function label(id, value) {
  at(`${id}-value`).textContent = id === "strokes" ? `${(2 ** value).toFixed(2)} ×` : percent(value);
}

function set(id, value) {
  if ((held.get(id) ?? 0) > performance.now()) return;
  at(id).value = value;
  label(id, Number(value));
}

function press(id, on) {
  at(id).setAttribute("aria-pressed", String(on));
}

// Fills a list with values and their names. A list that is open is left alone: it would close.
function offer(id, choices, chosen) {
  const select = at(id);
  if (choices.join("\n") !== [...select.options].map((option) => [option.value, option.text]).join("\n")) {
    select.replaceChildren(...choices.map(([value, name]) => new Option(name, value)));
    select.value = chosen;
  } else if (document.activeElement !== select) select.value = chosen;
}

function styles() {
  return state.styles.map((name) => [name, name]);
}

function backgrounds() {
  const rooms = [["off", "the room"], ["blur", "the room, blurred"]];
  return [...rooms, ...(state.can_picture ? [["picture", "the picture"]] : []), ...styles()];
}

function show(next) {
  state = next;
  const current = state.styles[state.wanted];
  set("strength", state.strength);
  set("strokes", Math.log2(state.stroke_scale));
  set("steady", state.steady);
  const others = styles().filter(([name]) => name !== current);
  offer("partner", [["", "nothing"], ...others], state.blend?.style ?? "");
  offer("background", backgrounds(), state.background);
  if (document.activeElement !== at("paint")) at("paint").value = state.paint;
  at("blend").disabled = !state.blend;
  if (state.blend) set("blend", state.blend.share);
  else at("blend-value").textContent = "";
  press("original", state.bypass);
  press("colours", state.keep_colors);
  press("brighten", state.brighten);
  press("record", state.recording);
  press("mirror", state.mirror);
  at("record").disabled = !state.can_record;
  at("frame").classList.toggle("recording", state.recording);
  for (const id of ["picture", "tiles"]) at(id).classList.toggle("mirrored", state.mirror);
  at("title").textContent = state.bypass ? "original" : `${state.wanted + 1} ${current}: ${state.titles[state.wanted]}`;
  at("figures").textContent =
    `${state.fps.toFixed(1)} fps, ${Math.round(state.latency_ms)} ms, ${state.device}` +
    (state.output_size ? `, ${state.output_size.join("×")}` : "");
  if (state.opening) say(`opening ${state.opening} ...`, true);
  else say(state.message, true);
  tiles.show({
    names: state.styles,
    titles: state.titles,
    chosen: state.bypass ? -1 : state.wanted,
    busy: state.styles.indexOf(state.opening),
    still: (index) => (state.tiles[index] ? `/tile/${index}.jpg?v=${state.tiles[index]}` : ""),
  });
}

slide("strength", (value) => `strength ${value}`);
slide("steady", (value) => `steady ${value}`);
slide("strokes", (value) => `stroke-scale ${(2 ** value).toFixed(3)}`);
slide("blend", (value) => `blend ${at("partner").value} ${value}`);
at("partner").addEventListener("change", (event) => {
  send(event.target.value ? `blend ${event.target.value} ${state?.blend?.share ?? 0.5}` : "blend off");
});
for (const id of ["paint", "background"]) {
  at(id).addEventListener("change", (event) => {
    send(`${id} ${event.target.value}`);
    event.target.blur(); // from now on it shows what is, and letters are keys again
  });
}
at("original").addEventListener("click", () => send("original"));
at("colours").addEventListener("click", () => send(`keep-colors ${state?.keep_colors ? "off" : "on"}`));
at("brighten").addEventListener("click", () => send(`brighten ${state?.brighten ? "off" : "on"}`));
at("record").addEventListener("click", () => send(`record ${state?.recording ? "stop" : "start"}`));
at("snapshot").addEventListener("click", () => send("snapshot"));
at("mirror").addEventListener("click", () => send(`mirror ${state?.mirror ? "off" : "on"}`));
onKey((key) => send(`key ${key}`));
onAnswer((text, good) => {
  if (!good) say(text.replace(/^error /, ""), false);
});
takeUploads(at("upload"), at("drop"), (text, good) => say(text.replace(/^(ok|error) /, ""), good));

// While the page is hidden nothing is sent to it, and no small pictures are painted for it.
let events = null;
function follow() {
  events?.close();
  events = null;
  at("picture").removeAttribute("src");
  if (document.hidden) return;
  at("picture").src = `/stream.mjpg?quality=80&t=${Date.now()}`;
  events = new EventSource("/events");
  events.addEventListener("message", (event) => {
    document.body.dataset.live = "yes";
    show(JSON.parse(event.data));
  });
  events.addEventListener("error", () => {
    at("figures").textContent = "nstcam does not answer; it may have ended";
  });
}
document.addEventListener("visibilitychange", follow);
follow();

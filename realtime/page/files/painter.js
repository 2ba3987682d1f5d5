// A worker that paints: frames in, frames out, in the style that was opened last.

import { Kernel } from "./kernel.js";
import { Runtime } from "./runtime.js";

// The graphics card paints where the browser lends it and the folder has ONNX Runtime, the CPU elsewhere. A graphics
// card that is made of software is slower than the CPU; only ?runner=webgpu in the page's address takes it,
// ?runner=wasm always the CPU.
const wanted = new URL(self.location.href).searchParams.get("runner");
let painter = null;
let graphicsCard = null; // whether it is used; null: not known yet

async function findGraphicsCard() {
  if (wanted === "wasm" || !navigator.gpu) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return Boolean(adapter) && (wanted === "webgpu" || !adapter.info?.isFallbackAdapter);
}

// files: the addresses of the style's files, of those ways to paint it that the folder has.
async function opened(files) {
  if (files.webgpu) {
    graphicsCard ??= await findGraphicsCard();
    try {
      if (graphicsCard) return await Runtime.onGraphicsCard(files.webgpu);
    } catch {
      graphicsCard = false;
    }
  }
  return files.lite ? Kernel.open(files) : Runtime.onCpu(files.wasm);
}

async function carriedOut(data) {
  if (data.open) {
    const next = await opened(data.open);
    await painter?.close();
    painter = next;
    self.postMessage({ opened: data.style, runner: painter.description });
    return;
  }
  const began = performance.now();
  await painter?.paint(data.pixels, data.width, data.height);
  const ms = performance.now() - began;
  self.postMessage({ ...data, ms }, [data.pixels.buffer]);
}

let work = Promise.resolve();
self.addEventListener("message", ({ data }) => {
  work = work
    .then(() => carriedOut(data))
    .catch((error) => self.postMessage({ error: String(error.message ?? error) }));
});

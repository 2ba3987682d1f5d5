// A worker that paints: frames in, frames out, in the style that was opened last. See the ONNX contract of nstcam.

import * as ort from "./runtime/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
// Threads need memory that is shared, which browsers give to pages that are isolated by two headers only.
ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;

let session = null;

async function open(address) {
  const data = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const next = await ort.InferenceSession.create(data, { executionProviders: ["wasm"] });
  await session?.release();
  session = next;
}

// pixels: RGBA of the frame, which is overwritten with the painting.
async function paint(pixels, width, height) {
  const count = width * height;
  const frame = new Uint8Array(3 * count);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += 4, to += 3) {
    frame[to] = pixels[from + 2];
    frame[to + 1] = pixels[from + 1];
    frame[to + 2] = pixels[from];
  }
  const inputs = { frame: new ort.Tensor("uint8", frame, [1, height, width, 3]) };
  if (session.inputNames.includes("canvas_offset")) {
    inputs.canvas_offset = new ort.Tensor("int64", new BigInt64Array(2), [2]);
  }
  const painted = (await session.run(inputs)).stylized.data;
  for (let i = 0, from = 0, to = 0; i < count; i++, from += 3, to += 4) {
    pixels[to] = painted[from + 2];
    pixels[to + 1] = painted[from + 1];
    pixels[to + 2] = painted[from];
    pixels[to + 3] = 255;
  }
}

let work = Promise.resolve();
self.addEventListener("message", ({ data }) => {
  work = work.then(async () => {
    try {
      if (data.open) {
        await open(data.open);
        self.postMessage({ opened: data.open });
        return;
      }
      const began = performance.now();
      if (session) await paint(data.pixels, data.width, data.height);
      const ms = performance.now() - began;
      self.postMessage({ ...data, ms }, [data.pixels.buffer]);
    } catch (error) {
      self.postMessage({ error: String(error.message ?? error) });
    }
  });
});

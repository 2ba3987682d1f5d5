// A worker that paints: frames in, frames out, in the style that was opened last. See the ONNX contract of nstcam.

// The graphics card paints where the browser lends it (WebGPU), the CPU elsewhere (WASM). A graphics card that is made of
// software is slower than the CPU; only ?runner=webgpu in the page's address takes it, ?runner=wasm always the CPU.
const wanted = new URL(self.location.href).searchParams.get("runner");
let ort = null;
let runner = null;
let session = null;

async function hasGraphicsCard() {
  if (wanted === "wasm" || !navigator.gpu) return false;
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return Boolean(adapter) && (wanted === "webgpu" || !adapter.info?.isFallbackAdapter);
}

async function load(name) {
  ort = await import(`./runtime/ort.${name}.min.mjs`);
  ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
  // Threads need memory that is shared, which browsers give to pages that are isolated by two headers only.
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
  runner = name;
}

async function create(addresses) {
  const data = new Uint8Array(await (await fetch(addresses[runner])).arrayBuffer());
  return ort.InferenceSession.create(data, { executionProviders: runner === "webgpu" ? ["webgpu", "wasm"] : ["wasm"] });
}

// addresses: of the style's file for each of the runners.
async function open(addresses) {
  if (!runner) {
    try {
      if (await hasGraphicsCard()) await load("webgpu");
    } catch {
      runner = null; // the folder was made without these files
    }
    if (!runner) await load("wasm");
  }
  let next;
  try {
    next = await create(addresses);
    if (runner === "webgpu") await paintWith(next, new Uint8ClampedArray(4 * 64 * 64), 64, 64); // drivers fail late
  } catch (error) {
    if (runner !== "webgpu") throw error;
    await load("wasm");
    next = await create(addresses);
  }
  await session?.release();
  session = next;
}

function described() {
  const count = ort.env.wasm.numThreads;
  return runner === "webgpu" ? "graphics card" : `CPU, ${count} ${count === 1 ? "thread" : "threads"}`;
}

// pixels: RGBA of the frame, which is overwritten with the painting.
async function paintWith(session, pixels, width, height) {
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
        self.postMessage({ opened: data.open.wasm, runner: described() });
        return;
      }
      const began = performance.now();
      if (session) await paintWith(session, data.pixels, data.width, data.height);
      const ms = performance.now() - began;
      self.postMessage({ ...data, ms }, [data.pixels.buffer]);
    } catch (error) {
      self.postMessage({ error: String(error.message ?? error) });
    }
  });
});

// Styles of any network, run by ONNX Runtime, whose files are in runtime/: on the graphics card (WebGPU) or the CPU
// (WASM). See the ONNX contract of nstcam.

async function loaded(name) {
  const ort = await import(`./runtime/ort.${name}.min.mjs`);
  ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
  // Threads need memory that is shared, which browsers give to pages that are isolated by two headers only.
  ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1;
  return ort;
}

export class Runtime {
  // ort: ONNX Runtime, in which the session was opened.
  constructor(ort, session, description) {
    this.ort = ort;
    this.session = session;
    this.description = description;
  }

  // address: of the style's file in floats. Drivers fail late, so a frame is painted first.
  static async onGraphicsCard(address) {
    const painter = await Runtime.#open(address, "webgpu", "graphics card");
    await painter.paint(new Uint8ClampedArray(4 * 64 * 64), 64, 64);
    return painter;
  }

  static async onCpu(address) {
    const painter = await Runtime.#open(address, "wasm", "");
    const count = painter.ort.env.wasm.numThreads;
    painter.description = `CPU, ONNX Runtime, ${count} ${count === 1 ? "thread" : "threads"}`;
    return painter;
  }

  static async #open(address, name, description) {
    const ort = await loaded(name);
    const data = new Uint8Array(await (await fetch(address)).arrayBuffer());
    const executionProviders = name === "webgpu" ? ["webgpu", "wasm"] : ["wasm"];
    return new Runtime(ort, await ort.InferenceSession.create(data, { executionProviders }), description);
  }

  // pixels: RGBA of the frame, which is overwritten with the painting.
  async paint(pixels, width, height) {
    const count = width * height;
    const frame = new Uint8Array(3 * count);
    for (let i = 0, from = 0, to = 0; i < count; i++, from += 4, to += 3) {
      frame[to] = pixels[from + 2];
      frame[to + 1] = pixels[from + 1];
      frame[to + 2] = pixels[from];
    }
    const inputs = { frame: new this.ort.Tensor("uint8", frame, [1, height, width, 3]) };
    if (this.session.inputNames.includes("canvas_offset")) {
      inputs.canvas_offset = new this.ort.Tensor("int64", new BigInt64Array(2), [2]);
    }
    const painted = (await this.session.run(inputs)).stylized.data;
    for (let i = 0, from = 0, to = 0; i < count; i++, from += 3, to += 4) {
      pixels[to] = painted[from + 2];
      pixels[to + 1] = painted[from + 1];
      pixels[to + 2] = painted[from];
      pixels[to + 3] = 255;
    }
  }

  close() {
    return this.session.release();
  }
}

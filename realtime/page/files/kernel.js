// Styles of the network lite, painted on the CPU by lite.wasm, whose source is in nstcam's realtime/page/kernel/.

const parts = new Map(); // by address: what styles share is loaded once

async function loaded(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} cannot be loaded (${answer.status})`);
  return new Uint8Array(await answer.arrayBuffer());
}

function once(address, work) {
  if (!parts.has(address)) {
    parts.set(address, work());
    parts.get(address).catch(() => parts.delete(address)); // to be tried again
  }
  return parts.get(address);
}

async function compiled(address) {
  const data = await loaded(address);
  return WebAssembly.compile(data).catch(() => {
    throw new Error("this browser cannot paint (it lacks WebAssembly with SIMD); use a newer one");
  });
}

export class Kernel {
  // module: of lite.wasm, compiled; style, noise: what the style's two files hold, a Uint8Array each.
  constructor(module, style, noise) {
    this.lite = new WebAssembly.Instance(module).exports;
    const kept = [style, noise].flatMap((data) => {
      const at = this.lite.reserve(data.length);
      new Uint8Array(this.lite.memory.buffer).set(data, at);
      return [at, data.length];
    });
    if (!this.lite.open_style(...kept)) throw new Error("the style's files are damaged");
    this.size = "";
    this.description = "CPU";
  }

  // files: the addresses of the style's two files; noise is absent if it has no canvas.
  static async open(files) {
    const [module, style, noise] = await Promise.all([
      once("module", () => compiled(new URL("./lite.wasm", import.meta.url).href)),
      loaded(files.lite),
      files.noise ? once(files.noise, () => loaded(files.noise)) : new Uint8Array(0),
    ]);
    return new Kernel(module, style, noise);
  }

  // pixels: RGBA of the frame, which is overwritten with the painting.
  paint(pixels, width, height) {
    const size = `${width}x${height}`;
    if (size !== this.size) {
      this.size = "";
      this.at = this.lite.begin(width, height);
      if (!this.at) throw new Error(`a frame of ${size} pixels cannot be painted: sides are 32 to 8192`);
      this.size = size;
    }
    const room = new Uint8ClampedArray(this.lite.memory.buffer, this.at, pixels.length);
    room.set(pixels);
    this.lite.paint();
    pixels.set(room);
  }

  close() {}
}

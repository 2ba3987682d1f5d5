// The visitor's camera, and its frames as JPEG.

export class Camera {
  // longest: pixels of the longer side of a frame; larger ones are scaled down.
  constructor(longest = 640) {
    this.longest = longest;
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.canvas = document.createElement("canvas");
    this.facing = "user";
    this.stream = null;
  }

  // Asks for the camera; throws an error whose message can be shown.
  async start() {
    this.stop();
    if (!navigator.mediaDevices) {
      throw new Error("the browser gives its camera to https:// addresses and to this machine only");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: this.facing },
      });
    } catch (error) {
      throw new Error(error.name === "NotAllowedError" ? "the camera was not allowed" : `no camera (${error.name})`);
    }
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }

  turn() {
    this.facing = this.facing === "user" ? "environment" : "user";
  }

  // Draws the newest frame into the canvas, no larger than asked; false if there is none.
  draw(sideMultiple = 1) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!this.stream || !width) return false;
    const scale = Math.min(1, this.longest / Math.max(width, height));
    const side = (pixels) => Math.max(sideMultiple, Math.round((pixels * scale) / sideMultiple) * sideMultiple);
    if (this.canvas.width !== side(width)) this.canvas.width = side(width);
    if (this.canvas.height !== side(height)) this.canvas.height = side(height);
    this.context ??= this.canvas.getContext("2d", { willReadFrequently: true });
    this.context.drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    return true;
  }

  jpeg() {
    return new Promise((done) => this.canvas.toBlob(done, "image/jpeg", 0.8));
  }
}

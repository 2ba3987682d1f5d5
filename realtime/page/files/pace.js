// Holds the rate on slow machines: frames are painted smaller than they were wished as long as they would take too long.

const WARM = 10; // frames after a change, not counted: browsers make code faster while it runs
const COUNTED = 30;
const MOST_MS = 36;
const GOAL_MS = 28; // 30 frames per second, with something to spare
const WORTH = 1.2; // less growth than this is not worth a jump
const LEAST = 160; // pixels of the longer side

export class Pace {
  // wish: pixels of the longer side.
  constructor(wish) {
    this.set(wish);
  }

  set(wish) {
    this.wish = wish;
    this.#change(wish);
  }

  // ms: what a frame of the present size took. Returns whether the size has changed.
  took(ms) {
    this.times.push(ms);
    if (this.times.length < WARM + COUNTED) return false;
    const middle = this.times.slice(WARM).sort((a, b) => a - b)[COUNTED / 2];
    const fits = this.size * Math.sqrt(GOAL_MS / middle); // what a frame takes grows with its pixels
    const least = Math.min(LEAST, this.wish);
    const size = Math.min(this.wish, Math.max(least, 8 * Math.floor(fits / 8)));
    if (middle > MOST_MS ? size < this.size : size > this.size && (size === this.wish || size > WORTH * this.size)) {
      this.#change(size);
      return true;
    }
    this.times.splice(WARM);
    return false;
  }

  #change(size) {
    this.size = size;
    this.times = [];
  }
}

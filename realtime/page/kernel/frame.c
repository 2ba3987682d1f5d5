// Between a frame's pixels, red, green, blue and opacity, and cells of 4x4 pixels.

#include "lite.h"

// A place beyond the edges, which are not repeated: at -1 is what is at 1.
int reflected(int place, int count) {
    if (place < 0) return -place;
    return place < count ? place : 2 * (count - 1) - place;
}

// Cells: those of the frame, and one ring around them; the frame is reflected at its edges.
void to_cells(const uint8_t *rgba, int width, int height, Map cells) {
    int whole = width / CELL; // cells whose pixels are all inside
    for (int y = 0; y < cells.rows * CELL; y++) {
        const uint8_t *from = rgba + reflected(y - CELL, height) * width * 4;
        uint8_t *to = cells.bytes + y / CELL * cells.columns * LEVELS + y % CELL * CELL * COLOURS;
        for (int column = 0; column < cells.columns; column++, to += LEVELS) {
            int cell = column - 1;
            if (cell >= 0 && cell < whole) {
                v128_t pixels = wasm_v128_load(from + cell * CELL * 4);
                v128_t colours = wasm_i8x16_shuffle(pixels, pixels, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0, 0, 0, 0);
                wasm_v128_store64_lane(to, colours, 0);
                wasm_v128_store32_lane(to + 8, colours, 2);
                continue;
            }
            for (int x = 0; x < CELL; x++) {
                const uint8_t *pixel = from + reflected(cell * CELL + x, width) * 4;
                for (int colour = 0; colour < COLOURS; colour++) to[x * COLOURS + colour] = pixel[colour];
            }
        }
    }
}

void from_cells(Map levels, uint8_t *rgba, int width, int height) {
    int whole = width / CELL;
    v128_t opaque = wasm_u32x4_const_splat(0xFF000000);
    for (int y = 0; y < height; y++, rgba += width * 4) {
        const uint8_t *from = levels.bytes + y / CELL * levels.columns * LEVELS + y % CELL * CELL * COLOURS;
        for (int cell = 0; cell < levels.columns; cell++, from += LEVELS) {
            if (cell < whole) {
                v128_t colours = wasm_v128_load(from); // the last four bytes are not used
                colours = wasm_i8x16_shuffle(colours, colours, 0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 9, 10, 11, 0);
                wasm_v128_store(rgba + cell * CELL * 4, wasm_v128_or(colours, opaque));
                continue;
            }
            for (int x = 0; x < width - cell * CELL; x++) {
                uint8_t *pixel = rgba + (cell * CELL + x) * 4;
                for (int colour = 0; colour < COLOURS; colour++) pixel[colour] = from[x * COLOURS + colour];
                pixel[COLOURS] = 255;
            }
        }
    }
}

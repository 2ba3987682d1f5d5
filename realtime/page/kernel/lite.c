// What the page calls: `reserve` room for two files, `open_style`, `begin` with a size, and `paint` once per frame.

#include "lite.h"

#define EXPORT(name) __attribute__((export_name(name)))

static Style style;
static uint32_t after_style; // where the room for a size of frames begins
static int frame_width, frame_height;
static uint8_t *pixels;
static Map cells, trunk, next_trunk, inner, canvas, head, levels;

static Map map(int rows, int columns, int channels) {
    return (Map){take((uint32_t)(rows * columns * channels)), rows, columns, channels};
}

EXPORT("reserve") uint8_t *reserve(uint32_t bytes) { return take(bytes); }

// The style's file and its canvas's. Returns 0 if they are damaged; is called once.
EXPORT("open_style")
int open_style(const uint8_t *file, uint32_t bytes, const uint8_t *noise, uint32_t noise_bytes) {
    if (!read_style(&style, file, bytes, noise, noise_bytes)) return 0;
    after_style = taken();
    return 1;
}

// Returns where the pixels of a frame are to be, RGBA; 0 if it is too small or too large.
EXPORT("begin") uint8_t *begin(int width, int height) {
    if (width < LEAST_SIDE || height < LEAST_SIDE || width > MOST_SIDE || height > MOST_SIDE) return 0;
    give_back_to(after_style);
    int rows = (height + CELL - 1) / CELL, columns = (width + CELL - 1) / CELL;
    frame_width = width;
    frame_height = height;
    pixels = take((uint32_t)(width * height * 4));
    cells = map(rows + 2, columns + 2, LEVELS);
    trunk = map(rows, columns, style.width);
    next_trunk = map(rows, columns, style.width);
    inner = map(rows, columns, style.width);
    canvas = map(rows, columns, style.width);
    head = map(rows + 1, columns + 1, style.head);
    levels = map(rows, columns, LEVELS);
    take_room(rows, columns);
    if (style.canvas_channels) paint_canvas(&style, canvas);
    return pixels;
}

// Paints the frame over its own pixels.
EXPORT("paint") void paint(void) {
    to_cells(pixels, frame_width, frame_height, cells);
    convolve(&style.stem, cells, trunk, 0, style.canvas_channels ? &style.onto_canvas : 0, canvas.bytes);
    for (int i = 0; i < style.blocks; i++) {
        const Block *block = &style.block[i];
        convolve(&block->inner, trunk, inner, block->inner.dilation, 0, 0);
        convolve(&block->change, inner, next_trunk, block->change.dilation, &block->onto_trunk, trunk.bytes);
        Map done = trunk;
        trunk = next_trunk;
        next_trunk = done;
    }
    convolve(&style.up, trunk, head, 1, 0, 0);
    convolve(&style.levels, head, levels, 0, 0, 0);
    from_cells(levels, pixels, frame_width, frame_height);
}

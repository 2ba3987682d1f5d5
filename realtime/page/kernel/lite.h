// LiteNet in 8-bit integers for browsers, as export/convert/quantize.py builds it: bit for bit what ONNX Runtime paints
// on x86 processors with FMA. `python -m scripts.build_kernel` makes realtime/page/files/lite.wasm of this folder.

#ifndef LITE_H
#define LITE_H

#include <stdint.h>
#include <wasm_simd128.h>

enum {
    CELL = 4, // pixels per side of a cell; all but the two ends works on cells
    COLOURS = 3,
    LEVELS = CELL * CELL * COLOURS, // channels of a cell of the frame: its rows, their pixels; red, green, blue
    OUTPUTS = 16,                   // channels are a multiple of it
    MOST_CHANNELS = 64,
    LEAST_SIDE = 32, // of a frame in pixels: a dilation of 7 cells is reflected within 8
    MOST_SIDE = 8192,
    TILES = 18, // that are transformed together: their products stay in a core's cache
};

// A map of features: bytes, channels last.
typedef struct {
    uint8_t *bytes;
    int rows, columns, channels;
} Map;

// A convolution that does not pad. Its results are (products + sums) * scales, rounded to even, plus zero, saturated.
typedef struct {
    int side, dilation;  // of the kernel: 2 or 3 per side
    int inputs, outputs; // channels
    int zero;            // the byte that stands for 0 in the results
    // In units of the transformed products (winograd.c):
    const float *scales;    // (outputs,)
    const int32_t *sums;    // (outputs,); the byte that stands for 0 in the inputs is in them
    const int16_t *weights; // (points, outputs / 16, inputs / 2, 16, 2)
} Conv;

// The sum of a convolution's bytes and another map's: second * of_second + (first * of_first + fixed), rounded to even
// and saturated.
typedef struct {
    int mine_first; // whether the first is the convolution's
    float of_first, of_second, fixed;
} Sum;

typedef struct {
    Conv inner, change;
    Sum onto_trunk;
} Block;

typedef struct {
    int width, head; // channels of the trunk, and before the last convolution
    int blocks;
    int canvas_channels, canvas_rows, canvas_columns; // 0 without a canvas
    const uint8_t *noise;          // (rows, columns, channels)
    int canvas_zero;               // of the canvas's convolution, as in Conv, but for its weights:
    const float *canvas_scales;
    const int32_t *canvas_sums;
    const int8_t *canvas_weights; // (width, channels, 3, 3)
    Sum onto_canvas;
    Conv stem, up, levels;
    Block *block;
} Style;

// memory.c
void *take(uint32_t bytes);
uint32_t taken(void);
void give_back_to(uint32_t mark);

// style.c
int read_style(Style *style, const uint8_t *file, uint32_t bytes, const uint8_t *noise, uint32_t noise_bytes);

// frame.c
int reflected(int place, int count);
void to_cells(const uint8_t *rgba, int width, int height, Map cells);
void from_cells(Map levels, uint8_t *rgba, int width, int height);

// canvas.c
void paint_canvas(const Style *style, Map out);

// gemm.c
void gemm(const int16_t *inputs, const int16_t *weights, int32_t *products, int tiles, int channels, int outputs);

// weights.c
int unit_of(int side);
const int16_t *transformed(const int8_t *weights, int side, int inputs, int outputs);

// winograd.c
void take_room(int rows, int columns);
void convolve(const Conv *conv, Map in, Map out, int border, const Sum *sum, const uint8_t *other);

#endif

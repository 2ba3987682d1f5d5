// Kernels as Winograd's filtering takes them (winograd.c): F(2, 3) has
//
//     a, (a + b + c) / 2, (a - b + c) / 2, c
//
// in each direction. Here all four are doubled, so that they are whole numbers, and products are 4 times as large.
// F(2, 2) has a, a + b, b.

#include "lite.h"

int unit_of(int side) { return side == 3 ? 4 : 1; }

static void transform(const int32_t *in, int in_step, int32_t *out, int out_step, int side) {
    int32_t a = in[0], b = in[in_step];
    if (side == 2) {
        out[0] = a;
        out[out_step] = a + b;
        out[2 * out_step] = b;
        return;
    }
    int32_t c = in[2 * in_step];
    out[0] = 2 * a;
    out[out_step] = a + b + c;
    out[2 * out_step] = a - b + c;
    out[3 * out_step] = 2 * c;
}

// (outputs, inputs, side, side) -> (points, outputs / 16, inputs / 2, 16, 2), in units of 1 / unit_of(side)
const int16_t *transformed(const int8_t *weights, int side, int inputs, int outputs) {
    int wide = side + 1, points = wide * wide;
    int16_t *out = take((uint32_t)(points * inputs * outputs) * sizeof(int16_t));
    for (int o = 0; o < outputs; o++) {
        for (int i = 0; i < inputs; i++) {
            int32_t kernel[9], half[12], whole[16];
            for (int k = 0; k < side * side; k++) kernel[k] = *weights++;
            for (int column = 0; column < side; column++) transform(kernel + column, side, half + column, side, side);
            for (int row = 0; row < wide; row++) transform(half + row * side, 1, whole + row * wide, 1, side);
            for (int p = 0; p < points; p++) {
                int block = (p * outputs + o / OUTPUTS * OUTPUTS) * inputs; // of 16 outputs
                out[block + (i / 2 * OUTPUTS + o % OUTPUTS) * 2 + i % 2] = (int16_t)whole[p];
            }
        }
    }
    return out;
}

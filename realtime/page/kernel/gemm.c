// Products of small matrices of 16-bit integers, added in 32 bits.

#include "lite.h"

// products (TILES, outputs) = inputs (TILES, channels) . weights (outputs / 16, channels / 2, 16, 2), of the first
// `tiles` rows. Two rows and 16 outputs at a time: eight vectors of sums, which with what they are made of fit the 16
// registers of x86. Four rows, or three, were slower.
void gemm(const int16_t *inputs, const int16_t *weights, int32_t *products, int tiles, int channels, int outputs) {
    for (int o = 0; o < outputs; o += OUTPUTS, weights += OUTPUTS * channels) {
        for (int t = 0; t < tiles; t += 2) {
            const int16_t *a = inputs + t * channels, *b = a + channels, *w = weights;
            v128_t a0, a1, a2, a3, b0, b1, b2, b3;
            a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = wasm_i32x4_const_splat(0);
            for (int i = 0; i < channels; i += 2, w += 2 * OUTPUTS) {
                v128_t x = wasm_v128_load32_splat(a + i), y = wasm_v128_load32_splat(b + i);
                v128_t k = wasm_v128_load(w);
                a0 = wasm_i32x4_add(a0, wasm_i32x4_dot_i16x8(k, x));
                b0 = wasm_i32x4_add(b0, wasm_i32x4_dot_i16x8(k, y));
                k = wasm_v128_load(w + 8);
                a1 = wasm_i32x4_add(a1, wasm_i32x4_dot_i16x8(k, x));
                b1 = wasm_i32x4_add(b1, wasm_i32x4_dot_i16x8(k, y));
                k = wasm_v128_load(w + 16);
                a2 = wasm_i32x4_add(a2, wasm_i32x4_dot_i16x8(k, x));
                b2 = wasm_i32x4_add(b2, wasm_i32x4_dot_i16x8(k, y));
                k = wasm_v128_load(w + 24);
                a3 = wasm_i32x4_add(a3, wasm_i32x4_dot_i16x8(k, x));
                b3 = wasm_i32x4_add(b3, wasm_i32x4_dot_i16x8(k, y));
            }
            int32_t *to = products + t * outputs + o;
            wasm_v128_store(to, a0);
            wasm_v128_store(to + 4, a1);
            wasm_v128_store(to + 8, a2);
            wasm_v128_store(to + 12, a3);
            to += outputs;
            wasm_v128_store(to, b0);
            wasm_v128_store(to + 4, b1);
            wasm_v128_store(to + 8, b2);
            wasm_v128_store(to + 12, b3);
        }
    }
}

// Convolutions of bytes, two by two results at a time: Winograd's minimal filtering F(2x2, 3x3) and F(2x2, 2x2) (Lavin
// and Gray 2016), in whole numbers and therefore exact. The first takes 16 products for 36, the second 9 for 16.
//
// A tile is 2x2 results and the 4x4 or 3x3 inputs that they are made of, at the distance of the dilation. Transformed
// bytes come to at most 4 * 255, weights to 9 * 128: products of 16-bit integers, whose sums fit 32 bits.

#include "lite.h"

enum { MOST_POINTS = 16, MOST_WIDE = 4 };

// A tile along one direction.
typedef struct {
    int in[MOST_WIDE]; // where its inputs are, reflected at the border
    int out[2];        // where its results go; -1: beyond the map
} Along;

static int16_t *inputs_of;    // (points, TILES, channels): the transformed inputs of some tiles
static int32_t *products_of;  // (points, TILES, channels)
static Along *rows, *columns; // the tiles of a map

void take_room(int most_rows, int most_columns) {
    inputs_of = take(MOST_POINTS * TILES * MOST_CHANNELS * sizeof(*inputs_of));
    products_of = take(MOST_POINTS * TILES * MOST_CHANNELS * sizeof(*products_of));
    rows = take((uint32_t)(most_rows + LEAST_SIDE) * sizeof(*rows)); // half of it, and one per phase of the dilation
    columns = take((uint32_t)(most_columns + LEAST_SIDE) * sizeof(*columns));
}

static int tiles_along(Along *tiles, const Conv *conv, int inputs, int results, int border) {
    int count = 0, step = conv->dilation;
    for (int phase = 0; phase < step; phase++) {
        for (int at = phase; at < results; at += 2 * step, count++) {
            tiles[count].out[0] = at;
            tiles[count].out[1] = at + step < results ? at + step : -1;
            for (int i = 0; i <= conv->side; i++) {
                int place = reflected(at - border + i * step, inputs);
                tiles[count].in[i] = place < 0 ? 0 : place >= inputs ? inputs - 1 : place; // of results beyond the map
            }
        }
    }
    return count;
}

// The inputs of one tile, all channels -> out (points, TILES, channels).
static inline void transform_inputs(
    const uint8_t *const *from, const int *offsets, int channels, int16_t *out, int side
) {
    int wide = side + 1, step = TILES * channels;
    for (int c = 0; c < channels; c += 8, out += 8) {
        v128_t half[MOST_WIDE][MOST_WIDE];
        for (int x = 0; x < wide; x++) {
            v128_t in[MOST_WIDE];
            for (int y = 0; y < wide; y++) in[y] = wasm_u16x8_load8x8(from[y] + offsets[x] + c);
            if (side == 3) {
                half[0][x] = wasm_i16x8_sub(in[0], in[2]);
                half[1][x] = wasm_i16x8_add(in[1], in[2]);
                half[2][x] = wasm_i16x8_sub(in[2], in[1]);
                half[3][x] = wasm_i16x8_sub(in[1], in[3]);
            } else {
                half[0][x] = wasm_i16x8_sub(in[0], in[1]);
                half[1][x] = in[1];
                half[2][x] = wasm_i16x8_sub(in[1], in[2]);
            }
        }
        int16_t *to = out;
        for (int y = 0; y < wide; y++, to += wide * step) {
            const v128_t *h = half[y];
            if (side == 3) {
                wasm_v128_store(to, wasm_i16x8_sub(h[0], h[2]));
                wasm_v128_store(to + step, wasm_i16x8_add(h[1], h[2]));
                wasm_v128_store(to + 2 * step, wasm_i16x8_sub(h[2], h[1]));
                wasm_v128_store(to + 3 * step, wasm_i16x8_sub(h[1], h[3]));
            } else {
                wasm_v128_store(to, wasm_i16x8_sub(h[0], h[1]));
                wasm_v128_store(to + step, h[1]);
                wasm_v128_store(to + 2 * step, wasm_i16x8_sub(h[1], h[2]));
            }
        }
    }
}

// Four products (points, TILES, outputs) of one tile -> its 2x2 results, row by row.
static inline void transform_products(const int32_t *products, int outputs, v128_t out[4], int side) {
    int wide = side + 1, step = TILES * outputs;
    v128_t half[2][MOST_WIDE];
    for (int x = 0; x < wide; x++, products += step) {
        v128_t a = wasm_v128_load(products), b = wasm_v128_load(products + wide * step);
        v128_t c = wasm_v128_load(products + 2 * wide * step);
        half[0][x] = wasm_i32x4_add(a, b);
        half[1][x] = wasm_i32x4_sub(b, c);
        if (side == 3) {
            half[0][x] = wasm_i32x4_add(half[0][x], c);
            half[1][x] = wasm_i32x4_sub(half[1][x], wasm_v128_load(products + 3 * wide * step));
        }
    }
    for (int y = 0; y < 2; y++) {
        const v128_t *h = half[y];
        v128_t left = wasm_i32x4_add(h[0], h[1]), right = wasm_i32x4_sub(h[1], h[2]);
        out[2 * y] = side == 3 ? wasm_i32x4_add(left, h[2]) : left;
        out[2 * y + 1] = side == 3 ? wasm_i32x4_sub(right, h[3]) : right;
    }
}

// To even: next to 1.5 * 2^23 a float's last bit is worth 1. lite_file.py has checked that values are below 2^22.
static inline v128_t rounded(v128_t values) {
    v128_t magic = wasm_f32x4_const_splat(12582912.0f);
    return wasm_i32x4_sub(wasm_f32x4_add(values, magic), magic);
}

// bytes * factor + floats, rounded once, as FMA does: the product of a byte and a float is exact in a double.
static inline v128_t multiplied_and_added(v128_t bytes, v128_t factor, v128_t floats) {
    v128_t low = wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(bytes), factor);
    v128_t high = wasm_f64x2_mul(wasm_f64x2_convert_low_i32x4(wasm_i32x4_shuffle(bytes, bytes, 2, 3, 2, 3)), factor);
    low = wasm_f64x2_add(low, wasm_f64x2_promote_low_f32x4(floats));
    high = wasm_f64x2_add(high, wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle(floats, floats, 2, 3, 2, 3)));
    return wasm_i32x4_shuffle(wasm_f32x4_demote_f64x2_zero(low), wasm_f32x4_demote_f64x2_zero(high), 0, 1, 4, 5);
}

// Four results, not yet saturated, and four bytes of the other map.
static inline v128_t added(const Sum *sum, v128_t mine, const uint8_t *bytes) {
    v128_t other = wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(bytes)));
    mine = wasm_i32x4_max(wasm_i32x4_min(mine, wasm_i32x4_const_splat(255)), wasm_i32x4_const_splat(0));
    v128_t first = sum->mine_first ? mine : other, second = sum->mine_first ? other : mine;
    v128_t half = multiplied_and_added(first, wasm_f64x2_splat(sum->of_first), wasm_f32x4_splat(sum->fixed));
    return rounded(multiplied_and_added(second, wasm_f64x2_splat(sum->of_second), half));
}

// Products (points, TILES, outputs) of one tile -> the bytes of its 2x2 results.
static inline void write_results(
    const Conv *conv, const int32_t *products, uint8_t *const to[4], const Sum *sum, const uint8_t *const other[4],
    int side
) {
    v128_t zero = wasm_i32x4_splat(conv->zero);
    for (int o = 0; o < conv->outputs; o += 4) {
        v128_t sums = wasm_v128_load(conv->sums + o), scales = wasm_v128_load(conv->scales + o), out[4];
        transform_products(products + o, conv->outputs, out, side);
        for (int i = 0; i < 4; i++) {
            v128_t all = wasm_f32x4_convert_i32x4(wasm_i32x4_add(out[i], sums));
            out[i] = wasm_i32x4_add(rounded(wasm_f32x4_mul(all, scales)), zero);
            if (sum) out[i] = added(sum, out[i], other[i] + o);
        }
        v128_t upper = wasm_i16x8_narrow_i32x4(out[0], out[1]), lower = wasm_i16x8_narrow_i32x4(out[2], out[3]);
        v128_t bytes = wasm_u8x16_narrow_i16x8(upper, lower);
        wasm_v128_store32_lane(to[0] + o, bytes, 0);
        wasm_v128_store32_lane(to[1] + o, bytes, 1);
        wasm_v128_store32_lane(to[2] + o, bytes, 2);
        wasm_v128_store32_lane(to[3] + o, bytes, 3);
    }
}

// Inlined once per kind of kernel, which `side` decides.
static inline void convolve_map(
    const Conv *conv, Map in, Map out, int border, const Sum *sum, const uint8_t *other, int side
) {
    static uint8_t beyond[MOST_CHANNELS];
    int points = (side + 1) * (side + 1), channels = conv->inputs, outputs = conv->outputs;
    int down = tiles_along(rows, conv, in.rows, out.rows, border);
    int across = tiles_along(columns, conv, in.columns, out.columns, border);
    for (int c = 0; c < across; c++) {
        for (int i = 0; i <= side; i++) columns[c].in[i] *= channels;
    }
    for (const Along *row = rows; row < rows + down; row++) {
        const uint8_t *from[MOST_WIDE];
        for (int i = 0; i <= side; i++) from[i] = in.bytes + row->in[i] * in.columns * channels;
        for (const Along *first = columns; first < columns + across; first += TILES) {
            int count = columns + across - first < TILES ? columns + across - first : TILES;
            for (int t = 0; t < count; t++) {
                transform_inputs(from, first[t].in, channels, inputs_of + t * channels, side);
            }
            for (int p = 0; p < points; p++) {
                gemm(inputs_of + p * TILES * channels, conv->weights + p * channels * outputs,
                     products_of + p * TILES * outputs, count, channels, outputs);
            }
            for (int t = 0; t < count; t++) {
                uint8_t *to[4];
                const uint8_t *added_to[4];
                for (int i = 0; i < 4; i++) {
                    int y = row->out[i / 2], x = first[t].out[i % 2], place = (y * out.columns + x) * outputs;
                    to[i] = y < 0 || x < 0 ? beyond : out.bytes + place;
                    added_to[i] = y < 0 || x < 0 || !other ? beyond : other + place;
                }
                write_results(conv, products_of + t * outputs, to, sum, added_to, side);
            }
        }
    }
}

// `in`, reflected by `border` on all sides -> `out`. With `sum`, `other` is added, which has the shape of `out`.
void convolve(const Conv *conv, Map in, Map out, int border, const Sum *sum, const uint8_t *other) {
    if (conv->side == 2) convolve_map(conv, in, out, border, 0, 0, 2);
    else if (sum) convolve_map(conv, in, out, border, sum, other, 3);
    else convolve_map(conv, in, out, border, 0, 0, 3);
}

// The canvas, noise that repeats: the same in each frame, so it is convolved once per size of frames.

#include "lite.h"

static int around(int place, int count) { return (place % count + count) % count; }

void paint_canvas(const Style *style, Map out) {
    int channels = style->canvas_channels;
    uint8_t *to = out.bytes;
    for (int row = 0; row < out.rows; row++) {
        for (int column = 0; column < out.columns; column++) {
            const int8_t *weight = style->canvas_weights;
            for (int o = 0; o < out.channels; o++) {
                int32_t sum = style->canvas_sums[o];
                for (int c = 0; c < channels; c++) {
                    for (int k = 0; k < 9; k++) {
                        int y = around(row + k / 3 - 1, style->canvas_rows);
                        int x = around(column + k % 3 - 1, style->canvas_columns);
                        sum += *weight++ * style->noise[(y * style->canvas_columns + x) * channels + c];
                    }
                }
                int value = (int)__builtin_nearbyintf((float)sum * style->canvas_scales[o]) + style->canvas_zero;
                *to++ = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
            }
        }
    }
}

// A style's file: realtime/page/kernel/lite_file.py writes it and says what is in it.

#include "lite.h"

enum { MAGIC = 0x314C534E, MOST_BLOCKS = 64, MOST_DILATION = LEAST_SIDE / CELL - 1 }; // "NSL1"

typedef struct {
    const uint8_t *at, *end;
    int damaged;
} Reader;

static const void *next(Reader *reader, int bytes) {
    const uint8_t *at = reader->at;
    int whole = (bytes + 3) / 4 * 4;
    if (reader->damaged || whole > reader->end - at) {
        reader->damaged = 1;
        return 0;
    }
    reader->at += whole;
    return at;
}

static int number(Reader *reader, int least, int most) {
    const int32_t *value = next(reader, 4);
    if (value && *value >= least && *value <= most) return *value;
    reader->damaged = 1;
    return least;
}

static int channels(Reader *reader) {
    int count = number(reader, OUTPUTS, MOST_CHANNELS);
    if (count % OUTPUTS) reader->damaged = 1;
    return count;
}

static Conv conv(Reader *reader, int side, int dilation, int inputs, int outputs) {
    int zero = number(reader, 0, 255), unit = unit_of(side);
    const float *scales = next(reader, 4 * outputs);
    const int32_t *sums = next(reader, 4 * outputs);
    const int8_t *weights = next(reader, outputs * inputs * side * side);
    Conv out = {side, dilation, inputs, outputs, zero, 0, 0, 0};
    if (reader->damaged) return out;
    float *of_units = take(4 * outputs);
    int32_t *in_units = take(4 * outputs);
    for (int o = 0; o < outputs; o++) {
        of_units[o] = scales[o] / (float)unit; // a power of 2: nothing is rounded
        in_units[o] = sums[o] * unit;
    }
    out.scales = of_units;
    out.sums = in_units;
    out.weights = transformed(weights, side, inputs, outputs);
    return out;
}

static Sum sum(Reader *reader) {
    const Sum *found = next(reader, sizeof(Sum));
    return found ? *found : (Sum){0, 0, 0, 0};
}

// Returns 0 if the files are damaged. The style points into them.
int read_style(Style *style, const uint8_t *file, uint32_t bytes, const uint8_t *noise, uint32_t noise_bytes) {
    Reader reader = {file, file + bytes, 0};
    number(&reader, MAGIC, MAGIC);
    style->width = channels(&reader);
    style->head = channels(&reader);
    style->blocks = number(&reader, 1, MOST_BLOCKS);
    style->canvas_channels = number(&reader, 0, MOST_CHANNELS);
    style->canvas_rows = number(&reader, 0, MOST_SIDE);
    style->canvas_columns = number(&reader, 0, MOST_SIDE);
    if ((uint64_t)style->canvas_channels * style->canvas_rows * style->canvas_columns != noise_bytes) return 0;
    style->noise = noise;
    style->stem = conv(&reader, 3, 1, LEVELS, style->width);
    if (style->canvas_channels) {
        style->canvas_zero = number(&reader, 0, 255);
        style->canvas_scales = next(&reader, 4 * style->width);
        style->canvas_sums = next(&reader, 4 * style->width);
        style->canvas_weights = next(&reader, 9 * style->width * style->canvas_channels);
        style->onto_canvas = sum(&reader);
    }
    style->block = take(style->blocks * sizeof(Block));
    for (int i = 0; i < style->blocks; i++) {
        Block *block = &style->block[i];
        int dilation = number(&reader, 1, MOST_DILATION);
        block->inner = conv(&reader, 3, dilation, style->width, style->width);
        block->change = conv(&reader, 3, dilation, style->width, style->width);
        block->onto_trunk = sum(&reader);
    }
    style->up = conv(&reader, 2, 1, style->width, style->head);
    style->levels = conv(&reader, 2, 1, style->head, LEVELS);
    return !reader.damaged && reader.at == reader.end;
}

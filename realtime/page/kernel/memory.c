// Memory that is taken in one direction only: a style and a size of frames need all of theirs as long as they last.

#include "lite.h"

enum { PAGE = 65536, ALIGNMENT = 64 };

extern uint8_t __heap_base;

static uint32_t top;

void *take(uint32_t bytes) {
    if (top == 0) top = (uint32_t)(uintptr_t)&__heap_base;
    top = (top + ALIGNMENT - 1) & ~(uint32_t)(ALIGNMENT - 1);
    uint32_t begin = top;
    uint32_t room = (uint32_t)__builtin_wasm_memory_size(0) * PAGE;
    if (bytes > 0x7FFFFFFF - begin) __builtin_trap();
    top += bytes;
    if (top > room && __builtin_wasm_memory_grow(0, (top - room + PAGE - 1) / PAGE) == (uintptr_t)-1) __builtin_trap();
    return (void *)(uintptr_t)begin;
}

uint32_t taken(void) { return top; }

void give_back_to(uint32_t mark) { top = mark; }

#include "sim/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/status.h"

#define UST_ARENA_BLOCK_MIN ((size_t)64 << 10)
#define UST_ARENA_BLOCK_MAX ((size_t)16 << 20)
#define UST_ARENA_ALIGN     ((size_t)64) /* a cache line: hot structs start on one */

struct block {
    struct block *older;
    size_t size, used;
    alignas(64) unsigned char data[];
};

struct ust_arena {
    struct block *newest;
    size_t used, next_size;
};

_Noreturn void ust_out_of_memory(size_t size)
{
    char needed[48] = "";
    if (size > 0)
        snprintf(needed, sizeof needed, " (%zu bytes were needed)", size);
    fprintf(stderr, "understudy: out of memory%s; replications that were committed stay\n",
            needed);
    exit(UST_EXIT_INTERNAL);
}

void *ust_malloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (memory == NULL)
        ust_out_of_memory(size);
    return memory;
}

void *ust_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (memory == NULL)
        ust_out_of_memory(size);
    return memory;
}

void *ust_aligned_malloc(size_t align, size_t size)
{
    void *memory = aligned_alloc(align, (size + align - 1) / align * align);
    if (memory == NULL)
        ust_out_of_memory(size);
    return memory;
}

struct ust_arena *ust_arena_new(void)
{
    struct ust_arena *arena = ust_malloc(sizeof *arena);
    *arena = (struct ust_arena){.next_size = UST_ARENA_BLOCK_MIN};
    return arena;
}

void ust_arena_free(struct ust_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *block = arena->newest, *older; block != NULL; block = older) {
        older = block->older;
        free(block);
    }
    free(arena);
}

static struct block *add_block(struct ust_arena *arena, size_t at_least)
{
    size_t size = arena->next_size;
    if (size < at_least)
        size = at_least;
    if (arena->next_size < UST_ARENA_BLOCK_MAX)
        arena->next_size *= 2;
    size_t total = (sizeof(struct block) + size + 63) / 64 * 64;
    struct block *block = ust_aligned_malloc(64, total);
    block->older = arena->newest;
    block->size = size;
    block->used = 0;
    arena->newest = block;
    return block;
}

void *ust_arena_bytes(struct ust_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        ust_out_of_memory(SIZE_MAX);
    /* Small texts pack; whatever can hold a struct starts on a cache line. */
    size_t align = bytes >= UST_ARENA_ALIGN ? UST_ARENA_ALIGN : 16;
    struct block *block = arena->newest;
    size_t start = block == NULL ? 0 : (block->used + align - 1) / align * align;
    if (block == NULL || start > block->size || block->size - start < bytes) {
        block = add_block(arena, bytes);
        start = 0;
    }
    block->used = start + bytes;
    arena->used += bytes;
    memset(block->data + start, 0, bytes);
    return block->data + start;
}

char *ust_arena_text_n(struct ust_arena *arena, const char *text, size_t length)
{
    char *copy = ust_arena_bytes(arena, length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *ust_arena_text(struct ust_arena *arena, const char *text)
{
    return ust_arena_text_n(arena, text, strlen(text));
}

char *ust_arena_printf(struct ust_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = ust_arena_bytes(arena, (size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

size_t ust_arena_used(const struct ust_arena *arena)
{
    return arena->used;
}

/* An arena hands out memory that is freed all at once, with the thing that dies last.
 *
 * Promise: memory is zeroed, aligned to 64 bytes, and never NULL. When the machine has none
 * left, the process says so and exits with UST_EXIT_INTERNAL; committed replications stay.
 * Cost: a pointer bump; blocks grow geometrically from UST_ARENA_BLOCK_MIN.
 * An arena belongs to one thread at a time.
 */
#ifndef UST_BASE_ARENA_H
#define UST_BASE_ARENA_H

#include <stddef.h>

struct ust_arena; /* opaque */

struct ust_arena *ust_arena_new(void);
void ust_arena_free(struct ust_arena *arena); /* NULL is fine */

void *ust_arena_bytes(struct ust_arena *arena, size_t count, size_t size);
#define ust_arena_alloc(arena, type, n) ((type *)ust_arena_bytes((arena), (n), sizeof(type)))

char *ust_arena_text(struct ust_arena *arena, const char *text);
char *ust_arena_text_n(struct ust_arena *arena, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *ust_arena_printf(struct ust_arena *arena,
                                                             const char *format, ...);

size_t ust_arena_used(const struct ust_arena *arena); /* bytes handed out */

/* For the few buffers that grow: like malloc and realloc, but never NULL (same exit as above).
 */
void *ust_malloc(size_t size);
void *ust_realloc(void *old, size_t size);
void *ust_aligned_malloc(size_t align, size_t size); /* align: a power of two */

/* That exit, for whoever learns of it in another way. size: bytes that were wanted; 0: unknown.
 */
_Noreturn void ust_out_of_memory(size_t size);

#endif

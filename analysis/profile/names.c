#include <string.h>

#include "analysis/profile/event.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"

struct ust_names ust_names_new(struct ust_arena *arena, uint32_t max)
{
    struct ust_names names = {.arena = arena, .max = max, .n = 1};
    for (names.slots = 16; names.slots < 2 * (max + 2); names.slots *= 2)
        continue;
    names.at = ust_arena_alloc(arena, const char *, max + 2);
    names.at[0] = "";
    names.slot = ust_arena_alloc(arena, uint32_t, names.slots);
    return names;
}

/* Where the word is, or where it would be. */
static uint32_t *find(const struct ust_names *names, const char *word)
{
    uint32_t at = (uint32_t)ust_hash_text(0, word) & (names->slots - 1);
    while (names->slot[at] != 0 && strcmp(names->at[names->slot[at]], word) != 0)
        at = (at + 1) & (names->slots - 1);
    return &names->slot[at];
}

uint16_t ust_names_find(const struct ust_names *names, const char *word)
{
    return (uint16_t)*find(names, word);
}

uint16_t ust_names_number(struct ust_names *names, const char *word)
{
    uint32_t *slot = find(names, word);
    if (*slot != 0)
        return (uint16_t)*slot;
    /* The last number is kept for "other". */
    if (names->n >= names->max && !ust_text_equal(word, UST_NAMES_OTHER)) {
        names->overflows++;
        return ust_names_number(names, UST_NAMES_OTHER);
    }
    names->at[names->n] = ust_arena_text(names->arena, word);
    *slot = names->n++;
    return (uint16_t)*slot;
}

#include "sim/core/sort.h"

#include <stdbool.h>
#include <string.h>

/* Eight keys in order: each pair is compared once, and a key's place is the number of keys
 * before it. No branch depends on the keys. */
static void sort_eight(const ust_event_key *from, ust_event_key *to)
{
    uint32_t place[8] = {0, 1, 2, 3, 4, 5, 6, 7};
#pragma GCC unroll 8
    for (uint32_t i = 1; i < 8; i++) {
#pragma GCC unroll 8
        for (uint32_t j = 0; j < i; j++) {
            uint32_t less = from[i] < from[j];
            place[i] -= less;
            place[j] += less;
        }
    }
    for (uint32_t i = 0; i < 8; i++)
        to[place[i]] = from[i];
}

/* Two sorted halves of one length, from both ends at once. Every step is a compare and a few
 * additions; the two chains run side by side, and neither can leave its half before the end. */
static void merge_halves(const ust_event_key *from, size_t half, ust_event_key *to)
{
    const ust_event_key *left = from, *right = from + half;
    const ust_event_key *left_end = from + half - 1, *right_end = from + 2 * half - 1;
    ust_event_key *last = to + 2 * half - 1;
    for (size_t step = half; step > 0; step--) {
        ptrdiff_t less = -(ptrdiff_t)(*right < *left);
        *to++ = *(left + ((right - left) & less));
        right -= less;
        left += 1 + less;
        ptrdiff_t more = -(ptrdiff_t)(*right_end < *left_end);
        *last-- = *(right_end + ((left_end - right_end) & more));
        left_end += more;
        right_end -= 1 + more;
    }
}

/* A whole one and a shorter one. */
static void merge_rest(const ust_event_key *from, size_t half, size_t whole, ust_event_key *to)
{
    const ust_event_key *left = from, *right = from + half;
    const ust_event_key *middle = right, *end = from + whole;
    while (left < middle && right < end)
        *to++ = *right < *left ? *right++ : *left++;
    memcpy(to, left, (size_t)(middle - left) * sizeof *to);
    memcpy(to + (middle - left), right, (size_t)(end - right) * sizeof *to);
}

static bool is_sorted(const ust_event_key *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (keys[i] < keys[i - 1])
            return false;
    return true;
}

ust_event_key *ust_keys_sort(ust_event_key *keys, ust_event_key *spare, size_t n)
{
    if (is_sorted(keys, n))
        return keys;
    size_t padded = UST_SORT_SPACE(n);
    for (size_t i = n; i < padded; i++)
        keys[i] = UST_EVENT_IDLE;
    ust_event_key *from = keys, *to = spare;
    for (size_t i = 0; i < padded; i += 8)
        sort_eight(from + i, to + i);
    for (size_t half = 8; half < padded; half *= 2) {
        ust_event_key *swap = from;
        from = to;
        to = swap;
        for (size_t i = 0; i < padded; i += 2 * half) {
            size_t whole = padded - i < 2 * half ? padded - i : 2 * half;
            if (whole == 2 * half)
                merge_halves(from + i, half, to + i);
            else
                merge_rest(from + i, whole < half ? whole : half, whole, to + i);
        }
    }
    return to;
}

#include "sim/base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Words of eight bytes, assembled little-endian, each mixed in; the length closes the hash. */
uint64_t ust_hash_bytes(uint64_t start, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    uint64_t hash = ust_mix64(start + 0x9e3779b97f4a7c15u);
    for (size_t left = length; left > 0;) {
        size_t take = left < 8 ? left : 8;
        uint64_t word = 0;
        for (size_t i = 0; i < take; i++)
            word |= (uint64_t)at[i] << (8 * i);
        hash = ust_mix64((hash ^ word) + 0x9e3779b97f4a7c15u);
        at += take;
        left -= take;
    }
    return ust_mix64(hash ^ (uint64_t)length);
}

uint64_t ust_hash_text(uint64_t start, const char *text)
{
    return ust_hash_bytes(start, text, strlen(text));
}

const char *ust_hash_hex(uint64_t hash, char out[UST_HASH_TEXT_MAX])
{
    snprintf(out, UST_HASH_TEXT_MAX, "%016" PRIx64, hash);
    return out;
}

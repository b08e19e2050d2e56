/* Mixing of 64-bit words: stream names, fingerprints, content hashes. Not cryptographic. */
#ifndef UST_BASE_HASH_H
#define UST_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014, variant 13 of Stafford): a bijection.
 */
static inline uint64_t ust_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Hash of bytes, for a given start; the same on every machine (bytes are read little-endian).
 */
uint64_t ust_hash_bytes(uint64_t start, const void *bytes, size_t length);
uint64_t ust_hash_text(uint64_t start, const char *text);

#define UST_HASH_TEXT_MAX 17
const char *ust_hash_hex(uint64_t hash, char out[UST_HASH_TEXT_MAX]);

#endif

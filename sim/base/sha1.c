/* SHA-1, as FIPS 180-4 writes it, over two pieces: git's header and the bytes of the file. */
#include "sim/base/sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sha1 {
    uint32_t h[5];
    uint8_t block[64];
    uint64_t length;
};

static uint32_t turn(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static void mix(uint32_t h[5], const uint8_t block[64])
{
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 80; t++)
        w[t] = turn(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int t = 0; t < 80; t++) {
        uint32_t f = t < 20              ? (b & c) | (~b & d)
                     : t >= 40 && t < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        uint32_t next = turn(a, 5) + f + e + k[t / 20] + w[t];
        e = d, d = c, c = turn(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

static void add(struct sha1 *sha, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < length; i++) {
        sha->block[sha->length++ % 64] = from[i];
        if (sha->length % 64 == 0)
            mix(sha->h, sha->block);
    }
}

const char *ust_git_blob_id(const char *bytes, size_t length, char out[UST_SHA1_TEXT_MAX])
{
    struct sha1 sha = {.h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
    char head[32];
    int n = snprintf(head, sizeof head, "blob %zu", length);
    add(&sha, head, (size_t)n + 1); /* with its NUL */
    add(&sha, bytes, length);
    uint64_t bits = sha.length * 8;
    add(&sha, "\x80", 1);
    while (sha.length % 64 != 56)
        add(&sha, "", 1);
    uint8_t tail[8];
    for (int i = 0; i < 8; i++)
        tail[i] = (uint8_t)(bits >> (56 - 8 * i));
    add(&sha, tail, 8);
    for (int i = 0; i < 5; i++)
        snprintf(out + 8 * i, 9, "%08x", (unsigned)sha.h[i]);
    return out;
}

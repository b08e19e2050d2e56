#include "models/world/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/limits.h"

static bool digits(const char *text, size_t length)
{
    return length > 0 && length < 9 && strspn(text, "0123456789") == length;
}

enum ust_status ust_shard_read(const char *text, struct ust_shard *out)
{
    *out = (struct ust_shard){0, 0};
    if (text == NULL)
        return UST_OK;
    const char *slash = strchr(text, '/');
    char part[16] = "";
    if (slash != NULL && slash - text < 9)
        memcpy(part, text, (size_t)(slash - text));
    if (slash == NULL || !digits(part, strlen(part)) || !digits(slash + 1, strlen(slash + 1))) {
        fprintf(stderr, "understudy: --shard '%s' is no part of a whole; an example: 2/8\n",
                text);
        return UST_INVALID;
    }
    unsigned long i = strtoul(part, NULL, 10), n = strtoul(slash + 1, NULL, 10);
    if (n < 1 || n > UST_SHARDS_MAX) {
        fprintf(stderr, "understudy: --shard '%s': parts are 1 to %d\n", text, UST_SHARDS_MAX);
        return UST_INVALID;
    }
    if (i < 1 || i > n) {
        fprintf(stderr,
                "understudy: --shard '%s': of %lu parts, the first is 1/%lu, the last "
                "%lu/%lu\n",
                text, n, n, n, n);
        return UST_INVALID;
    }
    *out = (struct ust_shard){(uint32_t)i, (uint32_t)n};
    return UST_OK;
}

bool ust_shard_has(struct ust_shard shard, uint32_t unit, uint32_t replication, bool whole)
{
    if (shard.parts == 0)
        return true;
    uint64_t piece = (uint64_t)unit + (whole ? 0 : replication - 1);
    return piece % shard.parts == shard.part - 1;
}

uint32_t ust_shard_count(struct ust_shard shard, uint32_t unit, uint32_t n, bool whole)
{
    if (shard.parts == 0)
        return n;
    if (whole)
        return ust_shard_has(shard, unit, 1, true) ? n : 0;
    /* The first of it, then every parts-th. */
    uint32_t first = (shard.part - 1 + shard.parts - unit % shard.parts) % shard.parts;
    return first < n ? (n - first - 1) / shard.parts + 1 : 0;
}

/* Are these the parts of one whole? */
#include <stdlib.h>
#include <string.h>

#include "analysis/study/merge.h"
#include "sim/base/limits.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"

static enum ust_status differ(const struct ust_merge_part *a, const struct ust_merge_part *b,
                              const char *what, const char *there, const char *here)
{
    return ust_cli_refused("%s and %s are no parts of one whole: %s %s there, %s here", a->path,
                           b->path, what, there, here);
}

static enum ust_status same_whole(const struct ust_merge_part *first,
                                  const struct ust_merge_part *part)
{
    char a[32], b[32];
    if (strcmp(first->name, part->name) != 0)
        return differ(first, part, "scenario", first->name, part->name);
    if (strcmp(first->seed, part->seed) != 0)
        return differ(first, part, "seed", first->seed, part->seed);
    /* A shard without any of it has no version. */
    bool known = *first->version != '\0' && *part->version != '\0';
    if (known && strcmp(first->version, part->version) != 0)
        return differ(first, part, "version of understudy", first->version, part->version);
    if (first->hash != part->hash)
        return ust_cli_refused("%s and %s are no parts of one whole: the content of the "
                               "scenario, its personas or its settings differ",
                               first->path, part->path);
    snprintf(a, sizeof a, "%u", first->shard.parts);
    snprintf(b, sizeof b, "%u", part->shard.parts);
    if (first->shard.parts != part->shard.parts)
        return differ(first, part, "number of shards", a, b);
    snprintf(a, sizeof a, "%u", first->replications);
    snprintf(b, sizeof b, "%u", part->replications);
    if (first->replications != part->replications && !first->until && !part->until)
        return differ(first, part, "number of replications", a, b);
    return UST_OK;
}

static enum ust_status find_again(struct ust_merge_part *part, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            if (part[k].shard.part != part[i].shard.part || part[k].again)
                continue;
            if (part[k].content != part[i].content)
                return ust_cli_refused("%s and %s are both shard %u of %u, and what they hold "
                                       "differs",
                                       part[k].path, part[i].path, part[i].shard.part,
                                       part[i].shard.parts);
            part[i].again = true;
        }
    return UST_OK;
}

/* "3, 5, 7 to 9" */
static void add_numbers(struct ust_text *out, const bool *named, uint32_t n)
{
    for (uint32_t i = 1; i <= n; i++) {
        uint32_t last = i;
        if (named[i])
            continue;
        while (last < n && !named[last + 1])
            last++;
        ust_text_printf(out,
                        last > i + 1 ? "%s%u to %u"
                        : last > i   ? "%s%u, %u"
                                     : "%s%u",
                        out->length > 0 ? ", " : "", i, last);
        i = last;
    }
}

static enum ust_status all_there(const struct ust_merge_part *part, uint32_t n)
{
    uint32_t parts = part[0].shard.parts;
    bool *named = ust_malloc(parts + 1);
    memset(named, 0, parts + 1);
    for (uint32_t i = 0; i < n; i++)
        named[part[i].shard.part] = true;
    struct ust_text missing = {0};
    add_numbers(&missing, named, parts);
    enum ust_status status = UST_OK;
    if (missing.length > 0)
        status = ust_cli_refused("of %u shards these are missing: %s; --partial puts together "
                                 "what is there",
                                 parts, ust_text_string(&missing));
    ust_text_free(&missing);
    free(named);
    return status;
}

static enum ust_status all_ended(const struct ust_merge_part *part, uint32_t n)
{
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n; i++)
        if (!part[i].complete && !part[i].again)
            status = ust_cli_refused("%s: shard %u of %u is not at its end; run it again to go "
                                     "on with it, or --partial puts together what is there",
                                     part[i].path, part[i].shard.part, part[i].shard.parts);
    return status;
}

enum ust_status ust_merge_check(struct ust_merge_part *part, uint32_t n, bool partial)
{
    for (uint32_t i = 0; i < n; i++)
        if (part[i].shard.parts == 0 || part[i].shard.parts > UST_SHARDS_MAX ||
            part[i].shard.part < 1 || part[i].shard.part > part[i].shard.parts)
            return ust_cli_refused("%s: is no shard; --shard makes them", part[i].path);
    for (uint32_t i = 1; i < n; i++)
        UST_TRY(same_whole(&part[0], &part[i]));
    UST_TRY(find_again(part, n));
    if (partial)
        return UST_OK;
    enum ust_status there = all_there(part, n), ended = all_ended(part, n);
    return there != UST_OK ? there : ended;
}

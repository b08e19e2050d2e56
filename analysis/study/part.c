#include "analysis/study/part.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "sim/cli/cli.h"
#include "sim/cli/output.h"

static void print(const struct ust_part_facts *facts, FILE *out)
{
    fprintf(out, "\n%s   shard %u of %u", facts->name, facts->shard.part, facts->shard.parts);
    if (facts->pieces == 0)
        fprintf(out, "   nothing of the study falls to it\n");
    else if (facts->ran == 0)
        fprintf(out, "   %u replication%s, all there from before\n", facts->pieces,
                facts->pieces == 1 ? "" : "s");
    else
        fprintf(out, "   %u of %u replications ran now\n", facts->ran, facts->pieces);
    fprintf(
        out,
        "  results  %s     next, when all shards are there: understudy merge OUT SHARD...\n",
        facts->results);
}

static enum ust_status print_json(const struct ust_part_facts *facts, FILE *out)
{
    json_t *root =
        json_pack("{s:s,s:{s:i,s:i},s:i,s:i,s:I,s:s}", "name", facts->name, "shard", "part",
                  (int)facts->shard.part, "parts", (int)facts->shard.parts, "replications",
                  (int)facts->pieces, "ran", (int)facts->ran, "requests",
                  (json_int_t)facts->requests, "results", facts->results);
    return ust_output_json(out, root, 17);
}

enum ust_status ust_part_tell(const struct ust_part_facts *facts, bool json, bool quiet)
{
    if (json)
        return print_json(facts, stdout);
    if (!quiet)
        print(facts, stderr);
    return UST_OK;
}

const char *ust_part_name(struct ust_arena *arena, const char *name, const char *end,
                          struct ust_shard shard)
{
    if (shard.parts == 0)
        return ust_arena_printf(arena, "%s.%s", name, end);
    return ust_arena_printf(arena, "%s-%uof%u.%s", name, shard.part, shard.parts, end);
}

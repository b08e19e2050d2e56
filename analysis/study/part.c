#include "analysis/study/part.h"

#include <inttypes.h>
#include <jansson.h>

#include "sim/base/time.h"
#include "sim/cli/cli.h"

void ust_part_print(const struct ust_part_facts *facts, FILE *out)
{
    char took[UST_TIME_TEXT_MAX];
    fprintf(out, "\n%s   shard %u of %u", facts->name, facts->shard.part, facts->shard.parts);
    if (facts->pieces == 0)
        fprintf(out, "   nothing of the study falls to it\n");
    else if (facts->ran == 0)
        fprintf(out, "   %u replication%s, all there from before\n", facts->pieces,
                facts->pieces == 1 ? "" : "s");
    else
        fprintf(out, "   %u of %u replications ran in %s\n", facts->ran, facts->pieces,
                ust_time_text(ust_time_from_seconds(facts->seconds), took));
    fprintf(
        out,
        "  results  %s     next, when all shards are there: understudy merge OUT SHARD...\n",
        facts->results);
}

enum ust_status ust_part_json(const struct ust_part_facts *facts, FILE *out)
{
    json_t *root = json_pack("{s:s,s:{s:i,s:i},s:i,s:i,s:I,s:f,s:s}", "name", facts->name,
                             "shard", "part", (int)facts->shard.part, "parts",
                             (int)facts->shard.parts, "replications", (int)facts->pieces, "ran",
                             (int)facts->ran, "requests", (json_int_t)facts->requests,
                             "seconds", facts->seconds, "results", facts->results);
    bool written = root != NULL &&
                   json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0 &&
                   fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(root);
    return written ? UST_OK : ust_cli_refused("cannot write the JSON");
}

/* What names, files and texts stand for: the one thing that field tables do not say. */
#include <string.h>

#include "models/persona/persona.h"
#include "tests/swarm/swarm.h"

static uint32_t below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(ust_rng_unit(rng) * n);
}

static bool is_one_of(const char *key, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, key) == 0)
            return true;
    return false;
}

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* ---- names ---- */

static const char *const region_keys[] = {
    "region",  "regions", "other",   "order",    "from",   "to", "standby",
    "primary", "cold_in", "weights", "replicas", "groups", NULL};

static void add_place(struct ust_rng *rng, struct ust_text *out)
{
    uint32_t n;
    const struct ust_place_facts *place = ust_place_catalogue(&n);
    ust_text_add(out, place[below(rng, n)].name);
}

bool swarm_name(struct ust_rng *rng, const struct swarm_names *names, const char *key,
                struct ust_text *out)
{
    if (names->regions > 1 && (strcmp(key, "from") == 0 || strcmp(key, "to") == 0))
        ust_text_printf(out, "r%u",
                        below(rng, 4) > 0 ? *key == 't' : below(rng, names->regions));
    else if (is_one_of(key, region_keys))
        ust_text_printf(out, "r%u", below(rng, names->regions));
    else if (strcmp(key, "service") == 0 && names->kind == NULL && names->service > 0)
        ust_text_printf(out, "s%u", /* calls never come back */
                        names->service + below(rng, names->services - names->service + 1) %
                                             (names->services - names->service));
    else if (strcmp(key, "tags") == 0)
        ust_text_printf(out, "tag-%u", below(rng, 9));
    else if (strcmp(key, "service") == 0 || strcmp(key, "services") == 0)
        ust_text_printf(out, "s%u", below(rng, names->services));
    else if (strcmp(key, "persona") == 0)
        ust_text_printf(out, "u%u", below(rng, names->users));
    else if (strcmp(key, "zone") == 0 || strcmp(key, "zones") == 0)
        ust_text_printf(out, "%u", 1 + below(rng, names->zones));
    else if (strcmp(key, "type") == 0 || strcmp(key, "types") == 0)
        ust_text_printf(out, "i%u", below(rng, names->services));
    else if (strcmp(key, "nodes") == 0)
        ust_text_add(out, "n0");
    else if (strcmp(key, "place") == 0 || strcmp(key, "time_zone") == 0)
        add_place(rng, out);
    else if (strcmp(key, "places") == 0)
        ust_text_add(out, "nowhere"); /* of a geography of two */
    else if (strcmp(key, "needs") == 0 && names->steps_n > 0)
        ust_text_add(out, names->steps[below(rng, names->steps_n)]);
    else if (strcmp(key, "name") == 0)
        ust_text_printf(out, "x%u", below(rng, 1000));
    else
        return false;
    return true;
}

/* ---- files and texts ---- */

static bool forecasts(const char *kind)
{
    return is(kind, "aws_predictive") || is(kind, "azure_autoscale") ||
           is(kind, "gcp_autoscaler");
}

bool swarm_file(const struct swarm_names *names, const char *key, struct ust_text *out)
{
    const char *file = is(key, "rtt")                                       ? "rtt"
                       : is(names->kind, "trace")                           ? "counts"
                       : is(names->kind, "replay")                          ? "instants"
                       : is(names->kind, "incident_file")                   ? "incidents"
                       : strcmp(key, "file") == 0 && forecasts(names->kind) ? "load"
                                                                            : NULL;
    if (file == NULL)
        return false;
    ust_text_printf(out, "../files/%s.csv", file);
    return true;
}

bool swarm_text(struct ust_rng *rng, const struct swarm_names *names, const char *key,
                struct ust_text *out)
{
    static const char *const crons[] = {"* * * * *", "*/2 * * * mon-fri", "0-59/3 0 5 1 *"};
    static const char *const zones[] = {"Z", "+05:30", "-03:00"};
    static const char *const descriptions[] = {"plain words", "\"a: 'b' # c\\n\\t\u00fc\"",
                                               "'it''s {not} [a] list, 100 %'", "\"~\""};
    if (strcmp(key, "cron") == 0)
        ust_text_printf(out, "\"%s\"", crons[below(rng, 3)]);
    else if (strcmp(key, "utc_offset") == 0 || strcmp(key, "time_zone") == 0)
        ust_text_printf(out, "\"%s\"", zones[below(rng, 3)]);
    else if (strcmp(key, "time") == 0 && is(names->kind, "trace"))
        ust_text_add(out, "begin");
    else if (strcmp(key, "column") == 0 && is(names->kind, "trace"))
        ust_text_add(out, "count");
    else if (strcmp(key, "column") == 0 && is(names->kind, "replay"))
        ust_text_add(out, "instant");
    else if (forecasts(names->kind) && strcmp(key, "time") == 0)
        ust_text_add(out, "time");
    else if (forecasts(names->kind) && strcmp(key, "column") == 0)
        ust_text_add(out, "load");
    else if (strcmp(key, "type") == 0)
        ust_text_add(out, "nvme");
    else if (strcmp(key, "origin") == 0)
        ust_text_printf(out, "\"%u.5\"", below(rng, 60));
    else if (strcmp(key, "is") == 0)
        ust_text_printf(out, "r%u", below(rng, names->regions));
    else if (strcmp(key, "name") == 0 && is(names->kind, "incident_file"))
        ust_text_add(out, "r0");
    else if (strcmp(key, "description") == 0 || strcmp(key, "note") == 0)
        ust_text_add(out, descriptions[below(rng, 4)]);
    else if (strcmp(key, "window") == 0 || strcmp(key, "files") == 0)
        ust_text_add(out, "2026-10-01/2026-10-31");
    else if (strcmp(key, "start") == 0 || strcmp(key, "end") == 0 || strcmp(key, "scope") == 0)
        ust_text_add(out, key); /* columns */
    else
        return false;
    return true;
}

/* ---- keys of maps ---- */

static const char *const devices[] = {"mobile", "desktop", "iot", "server"};

uint32_t swarm_keys(struct ust_rng *rng, const struct swarm_names *names, const char *key)
{
    if (is_one_of(key, region_keys) || strcmp(key, "capacity") == 0)
        return 1 + below(rng, names->regions);
    if (strcmp(key, "geography") == 0 || strcmp(key, "devices") == 0 ||
        strcmp(key, "actions") == 0 || strcmp(key, "objectives") == 0)
        return 1 + below(rng, 2);
    return 1;
}

void swarm_key(struct ust_rng *rng, const struct swarm_names *names, const char *key,
               uint32_t i, struct ust_text *out)
{
    if (is_one_of(key, region_keys) || strcmp(key, "capacity") == 0)
        ust_text_printf(out, "r%u", i);
    else if (strcmp(key, "geography") == 0 && i == 0)
        add_place(rng, out);
    else if (strcmp(key, "geography") == 0)
        ust_text_add(out, "nowhere"); /* it has to say where it is */
    else if (strcmp(key, "devices") == 0)
        ust_text_add(out, devices[2 * i + below(rng, 2)]);
    else if (strcmp(key, "objectives") == 0)
        ust_text_printf(out, i == 0 ? "default" : "u%u", below(rng, names->users));
    else if (strcmp(key, "nodes") == 0)
        ust_text_add(out, "n0");
    else
        ust_text_printf(out, "a%u", i);
}

/* ---- ranges ---- */

void swarm_range(const struct swarm_names *names, const char *key, double *from, double *to)
{
    const struct {
        const char *key;
        double from, to;
    } ranges[] = {
        {"work", 0.001, 0.5},
        {"at", 0.01, names->end_s},
        {"start", 0.01, names->end_s},
        {"vcpu", 0.5, 16},
        {"rate", 0.2, 50},
        {"mean", 0.2, 50},
        {"count", 1, 4},
        {"quota", 2, 60},
        {"instances", 1, 8},
        {"nodes", 1, 8},
        {"min", 1, 4},
        {"max", 2, 12},
        {"desired", 1, 8},
        {"requests", 1, 6},
        {"timeout", 0.05, 5},
        {"weekend", 0.2, 3},
        {"latitude", -60, 60},
        {"longitude", -170, 170},
        {"checkers", 1, 20},
        {"catch_up", 1.1, 4},
        {"replicas", 1, 5},
        {"slots", 1, 30},
        {"warmup", 1, 300},
        {"interval", 0.5, 120},
        {"metric_interval", 10, 120},
        {"period", 1, 120},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (strcmp(ranges[i].key, key) == 0) {
            *from = ranges[i].from;
            *to = ranges[i].to;
        }
}

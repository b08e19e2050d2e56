#include "analysis/profile/settings.h"

#include <math.h>
#include <string.h>

#include "sim/base/text.h"

/* 5 January 1970: where there is no time, one that nobody takes for a real one. */
#define FIRST_MONDAY (4 * 86400 * UST_S)

static const char *const bots[] = {"drop", "keep", NULL};
static const char *const scales[] = {"none", "z", "robust", NULL};

#define AT(field) offsetof(struct ust_profile_settings, field)

const struct ust_field ust_profile_fields[] = {
    {.key = "format",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(format),
     .choices = ust_event_format_names,
     .fallback = "auto",
     .help = "What the inputs are; auto: each by its first line."},
    {.key = "columns",
     .kind = UST_FIELD_TEXT,
     .offset = AT(columns),
     .given = AT(columns_node) + 1,
     .fallback = "",
     .help = "Of CSV: FIELD=COLUMN pairs with commas between, columns by name or number from "
             "1; without it, columns that have the name of a field."},
    {.key = "times",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(times),
     .choices = ust_stamp_names,
     .fallback = "auto",
     .help = "Unit of times that are numbers; auto: by their size."},
    {.key = "zone",
     .kind = UST_FIELD_TEXT,
     .offset = AT(zone),
     .given = AT(zone_node) + 1,
     .fallback = "Z",
     .help = "Time zone of times that name none: +02:00, -0500 or Z."},
    {.key = "copies",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(copies),
     .choices = ust_copies_names,
     .fallback = "auto",
     .help = "Second copies of events; auto: left out by id, without one where lines are equal "
             "and times finer than a second; drop: every equal line; keep: none."},
    {.key = "bots",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(bots),
     .choices = bots,
     .fallback = "drop",
     .help = "Events of programs, by their user agents: left out, or kept."},
    {.key = "bot_patterns",
     .kind = UST_FIELD_LIST,
     .offset = AT(bot_patterns),
     .unit = UST_FIELD_TEXT,
     .size = sizeof(const char *),
     .low = 0,
     .high = 100,
     .help =
         "Further user agents of programs: POSIX extended regular expressions, case ignored."},
    {.key = "gap",
     .kind = UST_FIELD_DURATION,
     .offset = AT(gap),
     .low = 1e-3,
     .high = 30 * 86400.0,
     .fallback = "30 min",
     .help = "A longer silence of a user ends the session."},
    {.key = "span",
     .kind = UST_FIELD_DURATION,
     .offset = AT(span),
     .low = 1,
     .high = 3650 * 86400.0,
     .fallback = "7 d",
     .help = "Of a table of sessions that does not say when they were: how long it took to "
             "record. They are spread over it evenly. Assumed default."},
    {.key = "sessions_max",
     .kind = UST_FIELD_INT,
     .offset = AT(sessions_max),
     .low = 100,
     .high = 10000000,
     .fallback = "500000",
     .help = "Sessions that are kept; of more, a random sample."},
    {.key = "features",
     .kind = UST_FIELD_LIST,
     .offset = AT(features),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 0,
     .high = 20,
     .help =
         "By what users are alike: requests, think, work (cpu, memory, bytes, io), latency, "
         "errors, actions, time (hour and weekend); requests, think, work and actions where "
         "absent."},
    {.key = "scale",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(scale),
     .choices = scales,
     .fallback = "robust",
     .help = "Features of one size: robust: median and 0.7413 interquartile range; z: mean and "
             "standard deviation."},
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(method),
     .choices = ust_learn_method_names,
     .fallback = "kinds",
     .help = "kinds: a mixture that weighs each session by how much its events say; kmeans; "
             "mixture: Gaussians with covariances of their own; dbscan: dense spots of "
             "any shape, in any number, and what lies alone is left out; minibatch: kmeans "
             "over all "
             "sessions of a recording, also those beyond sessions_max."},
    {.key = "first",
     .kind = UST_FIELD_INT,
     .offset = AT(first),
     .low = 100,
     .high = 1000000,
     .fallback = "20000",
     .help = "Of minibatch: sessions that decide features, scaling and number."},
    {.key = "fading",
     .kind = UST_FIELD_RATIO,
     .offset = AT(fading),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .fallback = "0 %",
     .help = "Of minibatch: what a centre forgets with every 1,024 sessions."},
    {.key = "radius",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(radius),
     .low = 0,
     .high = 1e6,
     .fallback = "0",
     .help = "Of dbscan, in scaled features; 0: where distances to neighbours turn up."},
    {.key = "points_min",
     .kind = UST_FIELD_INT,
     .offset = AT(points_min),
     .low = 0,
     .high = 1000000,
     .fallback = "0",
     .help =
         "Of dbscan: sessions within the radius that make a spot dense; 0: twice the number "
         "of features, at least 10."},
    {.key = "personas",
     .kind = UST_FIELD_INT,
     .offset = AT(personas),
     .low = 0,
     .high = UST_CLUSTERS_MAX,
     .fallback = "0",
     .help = "How many; 0: as many as there are kinds of sessions."},
    {.key = "personas_max",
     .kind = UST_FIELD_INT,
     .offset = AT(personas_max),
     .low = 1,
     .high = 64,
     .fallback = "10",
     .help = "The most that are chosen."},
    {.key = "samples",
     .kind = UST_FIELD_INT,
     .offset = AT(samples),
     .low = 5,
     .high = 10000,
     .fallback = "50",
     .help = "Bootstrap samples behind a persona's stability."},
    {.key = "half_life",
     .kind = UST_FIELD_DURATION,
     .offset = AT(half_life),
     .low = 1,
     .high = HUGE_VAL,
     .fallback = "180 d",
     .help = "Age at which half of a persona's confidence is left."},
    {.key = "as_of",
     .kind = UST_FIELD_INSTANT,
     .offset = AT(as_of),
     .given = AT(as_of_node) + 1,
     .help = "The day from which age is counted; that of the last event where absent."},
    {.key = "work",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = AT(work),
     .low = 0,
     .high = 86400,
     .fallback = "10 ms",
     .help = "Of personas that are written: processor time of a request where no event says "
             "any. Assumed default."},
    {0},
};

static void check_features(struct ust_spec *spec, const struct ust_profile_settings *settings)
{
    const char *const *name = settings->features.at;
    uint32_t known = 0;
    while (ust_feature_group_names[known] != NULL)
        known++;
    const struct ust_node *node = ust_items_first(&settings->features);
    for (uint32_t i = 0; i < settings->features.n; i++) {
        uint32_t at = 0;
        while (at < known && !ust_text_equal(name[i], ust_feature_group_names[at]))
            at++;
        if (at == known)
            ust_spec_unknown(spec, node->place, "feature", name[i], ust_feature_group_names,
                             known);
        node = node->next;
    }
}

void ust_profile_settings_check(struct ust_spec *spec,
                                const struct ust_profile_settings *settings)
{
    int64_t zone;
    if (!ust_zone_parse(settings->zone, &zone))
        ust_diag_error(spec->diag, settings->zone_node->place,
                       "'zone' is '%s', must be like +02:00, -0500 or Z", settings->zone);
    check_features(spec, settings);
}

const struct ust_node *ust_profile_settings_tree(struct ust_spec *spec, const char *path,
                                                 const char *const *sets, size_t n)
{
    struct ust_node *root =
        path != NULL ? ust_spec_read(spec, path) : ust_spec_read_text(spec, "--set", "{}", 2);
    for (size_t i = 0; root != NULL && i < n; i++)
        ust_spec_set(spec, root, sets[i], (unsigned)i + 1);
    return ust_diag_errors(spec->diag) == 0 ? root : NULL;
}

enum ust_status ust_profile_settings_read(struct ust_spec *spec, const char *path,
                                          const char *const *sets, size_t n,
                                          struct ust_profile_settings *out)
{
    const struct ust_node *root = ust_profile_settings_tree(spec, path, sets, n);
    if (root == NULL)
        return UST_INVALID;
    memset(out, 0, sizeof *out);
    UST_TRY(ust_spec_decode(spec, root, ust_profile_fields, out));
    ust_profile_settings_check(spec, out);
    return ust_diag_status(spec->diag);
}

struct ust_read_options ust_profile_read_options(const struct ust_profile_settings *settings)
{
    struct ust_read_options options = {
        .format = (enum ust_event_format)settings->format,
        .columns = settings->columns[0] != '\0' ? settings->columns : NULL,
        .stamp = (enum ust_stamp)settings->times,
        .copies = (enum ust_copies)settings->copies,
        .keep_bots = settings->bots != 0,
        .gap = settings->gap,
        .spread = settings->span,
        .spread_from = settings->as_of_node != NULL ? settings->as_of.unix_ns - settings->span
                                                    : FIRST_MONDAY,
        .bots = settings->bot_patterns.at,
        .bots_n = settings->bot_patterns.n,
    };
    ust_zone_parse(settings->zone, &options.zone_s);
    return options;
}

unsigned ust_profile_feature_groups(const struct ust_profile_settings *settings)
{
    const char *const *name = settings->features.at;
    unsigned groups = 0;
    for (uint32_t i = 0; i < settings->features.n; i++)
        for (uint32_t at = 0; ust_feature_group_names[at] != NULL; at++)
            if (ust_text_equal(name[i], ust_feature_group_names[at]))
                groups |= 1u << at;
    return groups;
}

/* How traffic is read and personas are made of it: keys with units and defaults, as in a
 * scenario. They stand in a file of their own, or on the command line one by one. */
#ifndef UST_PROFILE_SETTINGS_H
#define UST_PROFILE_SETTINGS_H

#include "analysis/profile/learn.h"
#include "analysis/profile/reader.h"
#include "sim/spec/spec.h"

struct ust_profile_settings {
    int format, times, copies, bots, scale, method; /* choices */
    double radius;                                  /* 0: found */
    int64_t points_min;
    int64_t first; /* of minibatch */
    double fading;
    const char *columns, *zone;
    const struct ust_node *columns_node, *zone_node;
    struct ust_items bot_patterns; /* const char * */
    ust_time gap;
    ust_time span; /* of tables of sessions without times */
    int64_t sessions_max;
    struct ust_items features; /* const char * */
    int64_t personas, personas_max, samples;
    ust_time half_life;
    struct ust_instant as_of;
    const struct ust_node *as_of_node; /* NULL: the last event */
    struct ust_dist work;              /* of a request, where no event says any; ns */
};

extern const struct ust_field ust_profile_fields[];

/* What `path` says (NULL: nothing), then each KEY=VALUE of `sets`; NULL after messages. */
const struct ust_node *ust_profile_settings_tree(struct ust_spec *spec, const char *path,
                                                 const char *const *sets, size_t n);

/* The same decoded, and checked as a whole. */
enum ust_status ust_profile_settings_read(struct ust_spec *spec, const char *path,
                                          const char *const *sets, size_t n,
                                          struct ust_profile_settings *out);

/* What fields alone cannot tell. */
void ust_profile_settings_check(struct ust_spec *spec,
                                const struct ust_profile_settings *settings);

/* The reader's part; `malformed_max` is the caller's. */
struct ust_read_options ust_profile_read_options(const struct ust_profile_settings *settings);
unsigned ust_profile_feature_groups(const struct ust_profile_settings *settings);

#endif

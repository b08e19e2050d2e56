/* How sessions are judged: keys of their own beside those of `profile`, so that one file of
 * settings does for both. */
#ifndef UST_CLASSIFY_SETTINGS_H
#define UST_CLASSIFY_SETTINGS_H

#include "analysis/profile/settings.h"

struct ust_classify_settings {
    struct ust_profile_settings profile; /* what is about reading; the rest says nothing here */
    double level;
    int gate; /* enum ust_gate */
    ust_time window;
    double moved, shifted, significance;
    int64_t sessions_least;
    ust_time patience;
};

extern const struct ust_field ust_classify_fields[];

/* As ust_profile_settings_read; `gap` is the model's, and saying another one is an error. */
enum ust_status ust_classify_settings_read(struct ust_spec *spec, const char *path,
                                           const char *const *sets, size_t n, ust_time gap,
                                           struct ust_classify_settings *out);

#endif

#include "analysis/classify/settings.h"

#include <math.h>
#include <string.h>

#include "analysis/classify/judge.h"

#define AT(field) offsetof(struct ust_classify_settings, field)

const struct ust_field ust_classify_fields[] = {
    {.key = "level",
     .kind = UST_FIELD_RATIO,
     .offset = AT(level),
     .low = 0.5,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .fallback = "99 %",
     .help =
         "Of a persona's own sessions so many are to be taken for its own; the others are of "
         "none by mistake."},
    {.key = "gate",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(gate),
     .choices = ust_gate_names,
     .fallback = "held_out",
     .help = "What a distance is held against: held_out: sessions that the model was not made "
             "of; chi_square: the law of a Gaussian's squared distances."},
    {.key = "window",
     .kind = UST_FIELD_DURATION,
     .offset = AT(window),
     .high = 3650 * 86400.0,
     .fallback = "0 s",
     .help =
         "Width of a window of the mix over time; 0: the narrowest of 1, 5 or 15 min, 1 or 6 "
         "h, 1, 7, 28 or 364 d that makes at most 32."},
    {.key = "moved",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(moved),
     .low = 0,
     .high = 100,
     .fallback = "0.1",
     .help = "Population stability index from which a window's mix has moved."},
    {.key = "shifted",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(shifted),
     .low = 0,
     .high = 100,
     .fallback = "0.25",
     .help = "The same, from which it has shifted."},
    {.key = "significance",
     .kind = UST_FIELD_RATIO,
     .offset = AT(significance),
     .low = 0,
     .high = 1,
     .fallback = "1 %",
     .help =
         "Of chi-square, adjusted over all windows: the chance that a steady mix is said to "
         "have moved anywhere."},
    {.key = "sessions_least",
     .kind = UST_FIELD_INT,
     .offset = AT(sessions_least),
     .low = 1,
     .high = 1000000000,
     .fallback = "50",
     .help = "A window of fewer sessions is not judged."},
    {.key = "patience",
     .kind = UST_FIELD_DURATION,
     .offset = AT(patience),
     .low = 1e-3,
     .high = 30 * 86400.0,
     .fallback = "30 min",
     .help = "How much longer than the gap a session waits for events that come out of order, "
             "before it is judged."},
    {0},
};

/* The profile's keys stand at the beginning of the struct. */
static struct ust_field *all_fields(struct ust_arena *arena)
{
    size_t own = 0, profile = 0;
    while (ust_classify_fields[own].key != NULL)
        own++;
    while (ust_profile_fields[profile].key != NULL)
        profile++;
    struct ust_field *all = ust_arena_alloc(arena, struct ust_field, own + profile + 1);
    memcpy(all, ust_profile_fields, profile * sizeof *all);
    memcpy(all + profile, ust_classify_fields, own * sizeof *all);
    return all;
}

enum ust_status ust_classify_settings_read(struct ust_spec *spec, const char *path,
                                           const char *const *sets, size_t n, ust_time gap,
                                           struct ust_classify_settings *out)
{
    const struct ust_node *root = ust_profile_settings_tree(spec, path, sets, n);
    if (root == NULL)
        return UST_INVALID;
    memset(out, 0, sizeof *out);
    UST_TRY(ust_spec_decode(spec, root, all_fields(spec->arena), out));
    ust_profile_settings_check(spec, &out->profile);
    const struct ust_node *said = ust_node_get(root, "gap");
    char mine[UST_TIME_TEXT_MAX], theirs[UST_TIME_TEXT_MAX];
    if (said != NULL && out->profile.gap != gap)
        ust_diag_error(spec->diag, said->place,
                       "'gap' is %s, but the model's sessions were cut by %s",
                       ust_time_text(out->profile.gap, mine), ust_time_text(gap, theirs));
    if (out->shifted < out->moved)
        ust_diag_error(spec->diag, root->place,
                       "'shifted' is %g, must not lie below 'moved', which is %g", out->shifted,
                       out->moved);
    out->profile.gap = gap;
    return ust_diag_status(spec->diag);
}

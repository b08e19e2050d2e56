#include <stdlib.h>

#include "models/world/design_make.h"
#include "sim/base/limits.h"

const char *const ust_design_methods[] = {"latin_hypercube", "sobol", NULL};

static const struct ust_field random_fields[] = {
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_design_spec, random.method),
     .choices = ust_design_methods,
     .fallback = "latin_hypercube",
     .flags = UST_FIELD_UNWRITTEN,
     .help =
         "How points fill the ranges: a Latin hypercube, drawn from the scenario's seed, or "
         "Sobol's sequence, which has no seed and can be grown."},
    {.key = "n",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_design_spec, random.n),
     .low = 1,
     .high = UST_STUDY_UNITS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_design_spec, random.n_node) + 1,
     .help = "How many points."},
    {.key = "ranges",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, random.ranges),
     .flags = UST_FIELD_REQUIRED,
     .help = "Path: low..high, as `routing.dns.ttl: 10..300 s`. Between two whole numbers "
             "without a unit, whole numbers are drawn; write 4.0..12 for others."},
    {.key = NULL},
};

static const struct ust_field screen_fields[] = {
    {.key = "method",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_design_spec, screen.method),
     .choices = ust_screen_methods,
     .fallback = "morris",
     .flags = UST_FIELD_UNWRITTEN,
     .help = "Morris' elementary effects, which sort many ranges by few runs; Sobol's indices, "
             "which share out the variance and take many; or main effects between the ends of "
             "the ranges, which take the fewest."},
    {.key = "n",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_design_spec, screen.n),
     .low = 2,
     .high = UST_STUDY_UNITS_MAX,
     .given = offsetof(struct ust_design_spec, screen.n_node) + 1,
     .help =
         "Trajectories of morris (10 where absent; units: n times ranges + 1) or base points "
         "of sobol (64 where absent, best a power of two; units: n times ranges + 2)."},
    {.key = "ranges",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, screen.ranges),
     .flags = UST_FIELD_REQUIRED,
     .help = "Path: low..high, as in `random`."},
    {.key = NULL},
};

const struct ust_field ust_design_fields[] = {
    {.key = "matrix",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, matrix),
     .help =
         "Path: list of values; every combination becomes a unit. Paths are those of --set."},
    {.key = "zip",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, zip),
     .help = "Path: list of values, all lists of one length; taken together, row by row, each "
             "row with every combination of `matrix`."},
    {.key = "random",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = random_fields,
     .help = "Points drawn from ranges, each with every combination of `matrix` and `zip`."},
    {.key = "sensitivity",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = screen_fields,
     .given = offsetof(struct ust_design_spec, screen.node) + 1,
     .help = "Points that tell which ranges matter, for `understudy sensitivity`. It stands "
             "alone in a design: taking points away or adding some would spoil the answer."},
    {.key = "where",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, where),
     .help = "A comparison or a list of them, `path < path` or `path >= value` (==, !=, <, <=, "
             ">, >=), of paths of this design; combinations for which one fails are left out."},
    {.key = "exclude",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, exclude),
     .help =
         "A list of mappings, path: value; combinations that have all values of one of them "
         "are left out."},
    {.key = "include",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_design_spec, include),
     .help = "A list of mappings, path: value; each becomes a further unit, as it stands."},
    {.key = NULL},
};

/* A unit's own seed would be read and never used: said once, where it stands first. */
static void refuse_seed(const struct ust_design_maker *maker)
{
    for (uint32_t i = 0; i < maker->rows.n; i++)
        for (uint32_t k = 0; k < maker->rows.at[i].n; k++)
            if (ust_text_equal(maker->rows.at[i].value[k].path, "seed")) {
                (void)ust_diag_error(maker->spec->diag, maker->rows.at[i].value[k].place,
                                     "'seed' is one for all units, which meet the same users; "
                                     "for other users, more replications, or --seed");
                return;
            }
}

enum ust_status ust_design_expand(struct ust_spec *spec, const struct ust_design_spec *design,
                                  uint64_t seed, struct ust_design *out)
{
    *out = (struct ust_design){.random = design->random.ranges != NULL ||
                                         design->screen.node != NULL};
    if (design->node == NULL)
        return UST_OK;
    struct ust_design_maker maker = {
        .spec = spec, .design = design, .errors = ust_diag_errors(spec->diag)};
    if (design->screen.node != NULL)
        ust_design_screen_rows(&maker, seed, out);
    else
        ust_design_combine(&maker, seed);
    if (!ust_design_failed(&maker))
        ust_design_filter(&maker);
    if (!ust_design_failed(&maker) && maker.rows.n == 0)
        (void)ust_diag_error(spec->diag, design->node->place,
                             "the design has no units: nothing is varied, or all was left out");
    refuse_seed(&maker);
    if (!ust_design_failed(&maker)) {
        ust_design_label(spec->arena, &maker, out);
        ust_design_name(spec->arena, &maker, out);
    }
    free(maker.rows.at);
    return ust_design_failed(&maker) ? UST_INVALID : UST_OK;
}

void ust_design_apply(struct ust_spec *spec, struct ust_node *root, const struct ust_unit *unit)
{
    struct ust_node *child = root->first;
    root->first = root->last = NULL;
    root->children = 0;
    for (struct ust_node *after; child != NULL; child = after) {
        after = child->next;
        child->next = NULL;
        if (ust_text_equal(child->key, "design"))
            continue;
        if (root->first == NULL)
            root->first = child;
        else
            root->last->next = child;
        root->last = child;
        root->children++;
    }
    for (uint32_t i = 0; i < unit->values_n; i++)
        (void)ust_spec_assign(spec, root, unit->value[i].path, unit->value[i].place,
                              unit->value[i].value);
}

#include "models/balance/target_weights.h"

#include "sim/base/detmath.h"

#define AT(member) offsetof(struct ust_target_weights_rule, member)

const struct ust_field ust_target_weights_fields[] = {
    {.key = "anomaly_mitigation",
     .kind = UST_FIELD_BOOL,
     .offset = AT(mitigation),
     .fallback = "false",
     .help = "Whether anomalous targets get less; without it they are only told of in the "
             "timeline. Off is the default of AWS."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = AT(period),
     .low = 0.001,
     .high = 86400,
     .fallback = "5 s",
     .help = "Time between two looks at errors, and between two changes of weights."},
    {.key = "minimum_targets",
     .kind = UST_FIELD_INT,
     .offset = AT(minimum_targets),
     .low = 2,
     .high = 1000000,
     .fallback = "3",
     .help = "Nobody is anomalous among fewer healthy targets."},
    {.key = "requests",
     .kind = UST_FIELD_INT,
     .offset = AT(requests),
     .low = 1,
     .high = 1000000000,
     .fallback = "10",
     .help = "Answers and errors of a target that a verdict on it needs; until there are so "
             "many, its last verdict stands. Assumed default."},
    {.key = "deviation",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(deviation),
     .low = 0,
     .high = 1000000,
     .fallback = "3",
     .help = "An anomalous target's share of errors exceeds that of the others by so many "
             "standard deviations of the difference (test of two proportions). Assumed "
             "default: AWS says \"significantly\"."},
    {.key = "difference",
     .kind = UST_FIELD_RATIO,
     .offset = AT(difference),
     .low = 0,
     .high = 1,
     .fallback = "1 %",
     .help = "... and by at least this, however many requests prove less. Assumed default."},
    {.key = "max_mitigated",
     .kind = UST_FIELD_RATIO,
     .offset = AT(max_mitigated),
     .low = 0,
     .high = 1,
     .fallback = "50 %",
     .help = "At most this share of the healthy targets gets less, the worst of them."},
    {.key = "reduce",
     .kind = UST_FIELD_RATIO,
     .offset = AT(reduce),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "50 %",
     .help = "What a mitigated target's weight loses in a period. Assumed default."},
    {.key = "raise",
     .kind = UST_FIELD_RATIO,
     .offset = AT(raise),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "5 %",
     .help = "What any other's weight gains in a period, of the full weight, until it has it. "
             "Assumed default."},
    {.key = "minimum_weight",
     .kind = UST_FIELD_RATIO,
     .offset = AT(minimum_weight),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1 %",
     .help = "The least weight, which lets in what shows whether a target has recovered. "
             "Assumed default."},
    {.key = NULL},
};

struct tally {
    double errors, all;
};

static struct tally tally_of(const struct ust_target *target, uint64_t answered)
{
    return (struct tally){target->errors,
                          (double)target->errors + (double)(answered - target->answered)};
}

/* Standard deviations by which the target errs more than the others; below 0: less, or not by
 * as much as counts. */
static double excess_of(const struct ust_target_weights_rule *rule, struct tally mine,
                        struct tally all)
{
    double errors = all.errors - mine.errors, others = all.all - mine.all;
    double more = mine.errors / mine.all - errors / others;
    double both = all.errors / all.all;
    double deviation = ust_sqrt(both * (1 - both) * (1 / mine.all + 1 / others));
    if (more <= 0 || more < rule->difference || deviation <= 0)
        return -1;
    return more / deviation;
}

static void judge(const struct ust_target_weights_rule *rule, struct ust_target *const *target,
                  const uint64_t *answered, uint32_t n)
{
    struct tally all = {0};
    for (uint32_t i = 0; i < n; i++) {
        struct tally mine = tally_of(target[i], answered[i]);
        all.errors += mine.errors;
        all.all += mine.all;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct tally mine = tally_of(target[i], answered[i]);
        if (mine.all < (double)rule->requests || mine.all >= all.all)
            continue; /* too little is known of it, or of the others */
        target[i]->excess = excess_of(rule, mine, all);
        target[i]->anomalous = target[i]->excess > rule->deviation;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct tally mine = tally_of(target[i], answered[i]);
        if (mine.all < (double)rule->requests || mine.all >= all.all)
            continue;
        target[i]->errors = 0;
        target[i]->answered = answered[i];
    }
}

/* The worst that is anomalous and not mitigated yet; of equals the first. n: none. */
static uint32_t worst(struct ust_target *const *target, uint32_t n)
{
    uint32_t at = n;
    for (uint32_t i = 0; i < n; i++)
        if (target[i]->anomalous && !target[i]->mitigated &&
            (at == n || target[i]->excess > target[at]->excess))
            at = i;
    return at;
}

void ust_target_weights_adjust(const struct ust_target_weights_rule *rule,
                               struct ust_target *const *target, const uint64_t *answered,
                               uint32_t n)
{
    if ((int64_t)n < rule->minimum_targets)
        for (uint32_t i = 0; i < n; i++)
            target[i]->anomalous = false;
    else
        judge(rule, target, answered, n);

    uint32_t mitigated = 0;
    for (uint32_t i = 0; i < n; i++) {
        target[i]->mitigated &= target[i]->anomalous;
        mitigated += target[i]->mitigated;
    }
    while (rule->mitigation && mitigated + 1 <= rule->max_mitigated * n) {
        uint32_t next = worst(target, n);
        if (next == n)
            break;
        target[next]->mitigated = true;
        mitigated++;
    }
    for (uint32_t i = 0; i < n; i++) {
        double *weight = &target[i]->weight;
        if (target[i]->mitigated)
            *weight *= 1 - rule->reduce;
        else if ((*weight += rule->raise) > 1)
            *weight = 1;
        if (*weight < rule->minimum_weight)
            *weight = rule->minimum_weight;
    }
}

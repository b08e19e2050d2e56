#include "models/entity/delay.h"

struct ust_hedge_delay ust_hedge_delay_make(struct ust_arena *arena,
                                            const struct ust_hedge *rule)
{
    struct ust_hedge_delay delay = {.after = rule->delay > 0 ? rule->delay : UST_NEVER,
                                    .ask_again = (uint64_t)rule->samples};
    if (rule->delay == 0)
        delay.took = ust_histogram_new(arena);
    return delay;
}

/* Where many take just as long, a tenth of those beyond it or more in one bucket, all of them
 * are to be answered by then: so the end of the bucket, and else its middle. */
static ust_time quantile_of(const struct ust_hedge_delay *delay, const struct ust_hedge *rule)
{
    double middle = ust_histogram_quantile(delay->took, rule->quantile);
    uint32_t bucket = ust_histogram_bucket((uint64_t)middle);
    double beyond = (1 - rule->quantile) * (double)delay->answers;
    if ((double)delay->took->count[bucket] < beyond / 10)
        return ust_time_round(middle);
    return (ust_time)ust_histogram_high(bucket);
}

void ust_hedge_delay_learn(struct ust_hedge_delay *delay, const struct ust_hedge *rule,
                           ust_time took)
{
    if (delay->took == NULL)
        return;
    ust_histogram_record(delay->took, (uint64_t)took);
    if (++delay->answers < delay->ask_again)
        return;
    delay->after = quantile_of(delay, rule);
    delay->ask_again = delay->answers + delay->answers / 20 + 1;
}

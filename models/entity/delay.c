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

void ust_hedge_delay_learn(struct ust_hedge_delay *delay, const struct ust_hedge *rule,
                           ust_time took)
{
    if (delay->took == NULL)
        return;
    ust_histogram_record(delay->took, (uint64_t)took);
    if (++delay->answers < delay->ask_again)
        return;
    delay->after = ust_time_round(ust_histogram_quantile(delay->took, rule->quantile));
    delay->ask_again = delay->answers + delay->answers / 20 + 1;
}

#include "analysis/study/search.h"

#include <math.h>
#include <string.h>

static bool holds(const struct ust_search_point *point, enum ust_search_level level)
{
    double margin = level == UST_SEARCH_LOW     ? point->margin.low
                    : level == UST_SEARCH_VALUE ? point->margin.value
                                                : point->margin.high;
    if (isnan(margin)) /* an end that too few replications say nothing about */
        margin = point->margin.value;
    return margin >= 0.0;
}

static void look(struct ust_search *search, enum ust_search_level level)
{
    double low = 0.0, high = ust_infinity();
    for (uint32_t i = 0; i < search->n; i++) {
        /* The interval's high end lies above the estimate; at small loads, where few came, an
         * upper limit may fall short by chance. */
        if (level == UST_SEARCH_HIGH &&
            search->point[i].factor < search->holds[UST_SEARCH_VALUE])
            continue;
        if (!holds(&search->point[i], level)) {
            high = search->point[i].factor;
            break;
        }
        low = search->point[i].factor;
    }
    search->holds[level] = low;
    search->breaks[level] = high;
}

static enum ust_status ask(struct ust_search *search, double factor)
{
    uint32_t at = search->n;
    struct ust_search_point point = {.factor = factor};
    UST_TRY(search->ask(search->context, factor, &point.margin));
    while (at > 0 && search->point[at - 1].factor > factor)
        at--;
    memmove(&search->point[at + 1], &search->point[at],
            (search->n - at) * sizeof search->point[0]);
    search->point[at] = point;
    search->n++;
    return UST_OK;
}

/* The load to try next at this level; 0: it is known well enough, or lies out of range. */
static double next(const struct ust_search *search, enum ust_search_level level)
{
    double low = search->holds[level], high = search->breaks[level];
    if (isinf(high))
        return low >= search->most ? 0.0 : fmin(low * 2.0, search->most);
    if (low <= 0.0)
        return high <= search->least ? 0.0 : fmax(high / 2.0, search->least);
    return high / low <= 1.0 + search->tolerance ? 0.0 : sqrt(low * high);
}

enum ust_status ust_search_run(struct ust_search *search)
{
    static const enum ust_search_level order[] = {UST_SEARCH_VALUE, UST_SEARCH_LOW,
                                                  UST_SEARCH_HIGH};
    search->n = 0;
    UST_TRY(ask(search, fmin(fmax(1.0, search->least), search->most)));
    for (size_t i = 0; i < UST_SEARCH_LEVELS; i++)
        for (;;) {
            look(search, order[i]);
            double factor = next(search, order[i]);
            if (factor <= 0.0 || search->n == UST_SEARCH_POINTS_MAX)
                break;
            UST_TRY(ask(search, factor));
        }
    return UST_OK;
}

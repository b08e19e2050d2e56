#include "models/fault/incidents.h"

#include <stdbool.h>
#include <stdlib.h>

#include "sim/base/arena.h"

static int by_time(ust_time a, ust_time b)
{
    return (a > b) - (a < b);
}

static int by_target(const void *a, const void *b)
{
    const struct ust_incident *x = a, *y = b;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    if (x->start != y->start)
        return by_time(x->start, y->start);
    if (x->end != y->end)
        return by_time(x->end, y->end);
    return (x->row > y->row) - (x->row < y->row);
}

static int by_length(const void *a, const void *b)
{
    return by_time(*(const ust_time *)a, *(const ust_time *)b);
}

/* Of those that last; 0 where none does. */
static ust_time median_length(const struct ust_incident *list, uint32_t n)
{
    ust_time *length = ust_malloc((n + 1) * sizeof *length);
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++)
        if (list[i].end != UST_NEVER && list[i].end > list[i].start)
            length[k++] = list[i].end - list[i].start;
    qsort(length, k, sizeof *length, by_length);
    ust_time median = 0;
    if (k > 0)
        median = k % 2 ? length[k / 2] : length[k / 2 - 1] / 2 + length[k / 2] / 2;
    free(length);
    return median;
}

static void give_ends(struct ust_incident *list, uint32_t n, ust_time duration,
                      enum ust_incident_missing missing, struct ust_incident_count *count)
{
    ust_time median = missing == UST_MISSING_MEDIAN ? median_length(list, n) : 0;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].end != UST_NEVER || missing == UST_MISSING_DROP)
            continue;
        if (missing == UST_MISSING_MEDIAN && median == 0)
            continue; /* there is none to go by: dropped like the others */
        list[i].end = missing == UST_MISSING_MEDIAN ? list[i].start + median
                      : list[i].start < duration    ? duration
                                                    : list[i].start + 1;
        count->closed++;
    }
}

/* Which reason there is to drop it, as a counter to raise; NULL: none. */
static uint32_t *reason(const struct ust_incident *it, ust_time duration,
                        struct ust_incident_count *count)
{
    if (it->end == UST_NEVER)
        return &count->no_end;
    if (it->end < it->start)
        return &count->negative;
    if (it->end == it->start)
        return &count->empty;
    if (it->end <= 0 || it->start >= duration)
        return &count->outside;
    return NULL;
}

uint32_t ust_incidents_clean(struct ust_incident *list, uint32_t n, ust_time duration,
                             enum ust_incident_missing missing,
                             struct ust_incident_count *count)
{
    for (uint32_t i = 1; i < n; i++)
        count->unordered += list[i].start < list[i - 1].start;
    give_ends(list, n, duration, missing, count);
    uint32_t sound = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t *why = reason(&list[i], duration, count);
        if (why != NULL)
            ++*why;
        else
            list[sound++] = list[i];
    }
    if (sound > 0)
        qsort(list, sound, sizeof *list, by_target);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sound; i++) {
        struct ust_incident *last = kept > 0 ? &list[kept - 1] : NULL;
        bool same = last != NULL && last->target == list[i].target;
        if (i > 0 && list[i - 1].target == list[i].target &&
            list[i - 1].start == list[i].start && list[i - 1].end == list[i].end) {
            count->duplicate++;
        } else if (same && list[i].start <= last->end) {
            count->merged++;
            if (list[i].end > last->end)
                last->end = list[i].end;
        } else {
            list[kept++] = list[i];
        }
    }
    for (uint32_t i = 0; i < kept; i++) {
        count->cut += list[i].start < 0 || list[i].end > duration;
        if (list[i].start < 0)
            list[i].start = 0;
        if (list[i].end > duration)
            list[i].end = duration;
    }
    count->used = kept;
    return kept;
}

bool ust_incidents_dirty(const struct ust_incident_count *count)
{
    return count->used != count->rows || count->unordered > 0 || count->cut > 0 ||
           count->closed > 0;
}

void ust_incidents_tell(const struct ust_incident_count *count, struct ust_text *out)
{
    const struct {
        uint32_t n;
        const char *what;
    } list[] = {
        {count->unreadable, "that cannot be read"},
        {count->unknown, "of unknown scope"},
        {count->no_end, "without an end"},
        {count->negative, "that end before they begin"},
        {count->empty, "without length"},
        {count->duplicate, "that stand there twice"},
        {count->outside, "outside the run"},
        {count->merged, "merged with another of their scope"},
        {count->closed, "given an end"},
        {count->cut, "cut at the ends of the run"},
        {count->unordered, "out of order"},
    };
    const uint32_t dropped = 7;
    ust_text_printf(out, "%u incident%s of %u row%s", count->used, count->used == 1 ? "" : "s",
                    count->rows, count->rows == 1 ? "" : "s");
    const char *before = "; dropped: ";
    for (uint32_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (i == dropped)
            before = "; ";
        if (list[i].n == 0)
            continue;
        ust_text_printf(out, "%s%u %s", before, list[i].n, list[i].what);
        before = ", ";
    }
}

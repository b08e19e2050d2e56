#include "models/balance/edf.h"

#include "sim/base/assert.h"

/* Behind the heap: when each number's turn is, or a negative number. */
static double *deadlines(struct ust_edf *edf)
{
    return (double *)(void *)(edf->turn + edf->capacity);
}

size_t ust_edf_size(uint32_t n)
{
    return sizeof(struct ust_edf) + n * (sizeof(struct ust_edf_turn) + sizeof(double));
}

static double wait_of(double weight)
{
    return 1 / (weight > UST_EDF_WEIGHT_MIN ? weight : UST_EDF_WEIGHT_MIN);
}

static bool before(const struct ust_edf_turn *a, const struct ust_edf_turn *b)
{
    if (a->deadline < b->deadline)
        return true;
    return !(b->deadline < a->deadline) && a->order < b->order;
}

static void sink(struct ust_edf *edf, uint32_t at)
{
    struct ust_edf_turn turn = edf->turn[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= edf->n)
            break;
        if (child + 1 < edf->n && before(&edf->turn[child + 1], &edf->turn[child]))
            child++;
        if (!before(&edf->turn[child], &turn))
            break;
        edf->turn[at] = edf->turn[child];
        at = child;
    }
    edf->turn[at] = turn;
}

void ust_edf_members(struct ust_edf *edf, uint32_t capacity, const uint32_t *number, uint32_t n,
                     const double *weight)
{
    UST_ASSERT(n <= capacity);
    edf->capacity = capacity;
    double *deadline = deadlines(edf);
    for (uint32_t i = 0; i < capacity; i++)
        deadline[i] = -1;
    for (uint32_t i = 0; i < edf->n; i++)
        deadline[edf->turn[i].number] = edf->turn[i].deadline;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t it = number[i];
        UST_ASSERT(it < capacity);
        edf->turn[i] = (struct ust_edf_turn){
            .deadline = deadline[it] >= 0 ? deadline[it] : edf->now + wait_of(weight[it]),
            .order = edf->order++,
            .number = it};
    }
    edf->n = n;
    for (uint32_t i = n / 2; i > 0; i--)
        sink(edf, i - 1);
}

void ust_edf_done(struct ust_edf *edf, double weight)
{
    UST_ASSERT(edf->n > 0);
    struct ust_edf_turn *first = &edf->turn[0];
    edf->now = first->deadline;
    first->deadline = edf->now + wait_of(weight);
    first->order = edf->order++;
    sink(edf, 0);
}

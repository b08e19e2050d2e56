#include "tests/bench/bare.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/time.h"
#include "sim/kpi/histogram.h"
#include "sim/rand/variate.h"

/* One server: the next arrival against the end of service, and a ring of arrival instants. */
double ust_bare_mm1(double rho, uint64_t customers)
{
    struct ust_rng gap = ust_rng_derive(1, 1, "gap"), work = ust_rng_derive(1, 1, "work");
    static struct ust_histogram histogram;
    enum { RING = 1 << 16 };
    ust_time *ring = malloc(RING * sizeof *ring);
    const double mean_gap = 1e9 / rho;
    ust_time arrival = ust_time_round(ust_exponential(&gap) * mean_gap), departure = UST_NEVER;
    uint64_t in = 0, out = 0;
    double total = 0;
    while (out < customers) {
        if (arrival < departure) {
            ring[in++ & (RING - 1)] = arrival;
            if (in - out == 1)
                departure = arrival + ust_time_round(ust_exponential(&work) * 1e9);
            arrival += ust_time_round(ust_exponential(&gap) * mean_gap);
        } else {
            ust_time latency = departure - ring[out++ & (RING - 1)];
            ust_histogram_record(&histogram, (uint64_t)latency);
            total += (double)latency;
            departure = in == out ? UST_NEVER
                                  : departure + ust_time_round(ust_exponential(&work) * 1e9);
        }
    }
    free(ring);
    return total / (double)customers / 1e9;
}

/* Several servers: ends of service in a binary heap of (time, arrival), one queue in front. */
struct end {
    ust_time at, since;
};

static void sink(struct end *heap, unsigned n, struct end end)
{
    unsigned at = 0;
    for (unsigned child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && heap[child + 1].at < heap[child].at;
        if (end.at <= heap[child].at)
            break;
        heap[at] = heap[child];
    }
    heap[at] = end;
}

static void rise(struct end *heap, unsigned at, struct end end)
{
    for (; at > 0 && heap[(at - 1) / 2].at > end.at; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = end;
}

double ust_bare_mmc(unsigned c, double rho, uint64_t customers)
{
    struct ust_rng gap = ust_rng_derive(1, 1, "gap"), work = ust_rng_derive(1, 1, "work");
    static struct ust_histogram histogram;
    enum { RING = 1 << 16 };
    ust_time *ring = malloc(RING * sizeof *ring);
    struct end *heap = malloc((c + 1) * sizeof *heap);
    const double mean_gap = 1e9 / rho / c;
    ust_time arrival = ust_time_round(ust_exponential(&gap) * mean_gap);
    uint64_t in = 0, out = 0, done = 0;
    unsigned busy = 0;
    double total = 0;
    while (done < customers) {
        if (busy == 0 || arrival < heap[0].at) {
            if (busy < c)
                rise(heap, busy++,
                     (struct end){arrival + ust_time_round(ust_exponential(&work) * 1e9),
                                  arrival});
            else
                ring[in++ & (RING - 1)] = arrival;
            arrival += ust_time_round(ust_exponential(&gap) * mean_gap);
        } else {
            struct end first = heap[0];
            ust_histogram_record(&histogram, (uint64_t)(first.at - first.since));
            total += (double)(first.at - first.since);
            done++;
            if (in != out)
                sink(heap, busy,
                     (struct end){first.at + ust_time_round(ust_exponential(&work) * 1e9),
                                  ring[out++ & (RING - 1)]});
            else if (--busy > 0)
                sink(heap, busy, heap[busy]);
        }
    }
    free(ring);
    free(heap);
    return total / (double)customers / 1e9;
}

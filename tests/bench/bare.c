#include "tests/bench/bare.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/detmath.h"
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
    uint32_t place; /* of bare_regions: persona and instance */
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
                                  arrival, 0});
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
                                  ring[out++ & (RING - 1)], 0});
            else if (--busy > 0)
                sink(heap, busy, heap[busy]);
        }
    }
    free(ring);
    free(heap);
    return total / (double)customers / 1e9;
}

/* Four regions of 32, 40, 48 and 64 instances with 16 slots, five streams whose rates change
 * along a straight line and back, lognormal work (mean 100 ms, cv 1.5), two choices, a
 * histogram for each stream and region. No fault, no retries, no scaler: the least that such a
 * model must do. */
#define SLOTS 16
#define WAIT  256

struct box {
    uint32_t busy, head, tail;
    struct {
        ust_time since;
        uint32_t stream;
    } wait[WAIT];
};

static double rate_at(unsigned stream, double s)
{
    static const double low[] = {2000, 3000, 2500, 3500, 4000},
                        high[] = {3000, 2000, 3000, 3000, 4200};
    double along = s < 1200 ? s / 1200 : s < 3000 ? (3000 - s) / 1800 : 0;
    return low[stream] + (high[stream] - low[stream]) * along;
}

double ust_bare_regions(uint64_t customers)
{
    enum { STREAMS = 5, REGIONS = 4, BOXES = 184 };
    static const uint32_t first[REGIONS + 1] = {0, 32, 72, 120, 184};
    static const uint64_t until[REGIONS] = {(uint64_t)(0.17 * 0x1p64),
                                            (uint64_t)(0.39 * 0x1p64),
                                            (uint64_t)(0.65 * 0x1p64), UINT64_MAX};
    static struct ust_histogram histogram[STREAMS][REGIONS];
    struct box *box = calloc(BOXES, sizeof *box);
    struct end *heap = malloc(BOXES * SLOTS * sizeof *heap);
    struct ust_rng gap = ust_rng_derive(1, 1, "gap"), work = ust_rng_derive(1, 1, "work");
    struct ust_rng where = ust_rng_derive(1, 1, "where");
    const double sigma = ust_sqrt(ust_log(1 + 1.5 * 1.5)),
                 mu = ust_log(0.1e9) - sigma * sigma / 2;
    ust_time next[STREAMS];
    for (unsigned i = 0; i < STREAMS; i++)
        next[i] = ust_time_round(ust_exponential(&gap) * 1e9 / rate_at(i, 0));
    uint64_t done = 0;
    unsigned n = 0, stream = 0;
    double total = 0;
    while (done < customers) {
        if (n == 0 || next[stream] < heap[0].at) {
            ust_time now = next[stream];
            uint64_t u = ust_rng_u64(&where);
            uint32_t r = 0;
            while (u > until[r])
                r++;
            uint32_t boxes = first[r + 1] - first[r];
            uint64_t v = ust_rng_u64(&where);
            uint32_t a = first[r] + (uint32_t)((v >> 32) * boxes >> 32);
            uint32_t b = first[r] + (uint32_t)((v & 0xffffffffu) * boxes >> 32);
            uint32_t load_a = box[a].busy + box[a].tail - box[a].head;
            uint32_t load_b = box[b].busy + box[b].tail - box[b].head;
            struct box *to = &box[load_b < load_a ? b : a];
            double ns = ust_exp(mu + sigma * ust_normal(&work));
            uint32_t place = (uint32_t)(to - box) << 8 | r << 4 | stream;
            if (to->busy < SLOTS) {
                to->busy++;
                rise(heap, n++, (struct end){now + ust_time_round(ns), now, place});
            } else {
                to->wait[to->tail % WAIT].since = now;
                to->wait[to->tail++ % WAIT].stream = stream;
            }
            next[stream] = now + ust_time_round(ust_exponential(&gap) * 1e9 /
                                                rate_at(stream, (double)now * 1e-9));
            for (unsigned i = 0; i < STREAMS; i++)
                stream = next[i] < next[stream] ? i : stream;
        } else {
            struct end end = heap[0];
            struct box *from = &box[end.place >> 8];
            ust_histogram_record(&histogram[end.place & 15][end.place >> 4 & 15],
                                 (uint64_t)(end.at - end.since));
            total += (double)(end.at - end.since);
            done++;
            if (from->head != from->tail) {
                double ns = ust_exp(mu + sigma * ust_normal(&work));
                uint32_t place = (end.place & ~15u) | from->wait[from->head % WAIT].stream;
                sink(heap, n,
                     (struct end){end.at + ust_time_round(ns),
                                  from->wait[from->head++ % WAIT].since, place});
            } else {
                from->busy--;
                if (--n > 0)
                    sink(heap, n, heap[n]);
            }
        }
    }
    free(box);
    free(heap);
    return total / (double)customers / 1e9;
}

/* What pools and streams come to between two readings of what they count. */
#include "models/entity/measure_rows.h"

#include <math.h>

#include "models/entity/sharing.h"

/* ---- a pool's row ---- */

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

/* The share of what there was to be used, between two readings of its integral. Both sides
 * count the same instances, and none uses more than it has: only rounding, which goes with the
 * size of the integral, ever comes out above 1. */
static double used(double part, double from, double to)
{
    double whole = to - from;
    UST_ASSERT(part - whole <= 1e-9 * to);
    return part < whole ? part / whole : whole > 0 ? 1 : (double)NAN;
}

struct ust_pool_load ust_pool_load(const struct ust_pool *pool, ust_time now)
{
    struct ust_pool_load load = {0};
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        load.busy += pool->instances[i].busy;
        load.waiting += pool->instances[i].waiting;
    }
    load.busy_area = pool->count.busy_area + load.busy * (uint64_t)now;
    load.waiting_area = pool->count.waiting_area + load.waiting * (uint64_t)now;
    return load;
}

/* A copy of the counts in which every integral reaches to now. */
struct ust_pool_count ust_measure_read_pool(struct ust_model *model, struct ust_pool *pool)
{
    ust_time now = model->engine.now;
    if (pool->config->persona->discipline == UST_PS)
        for (uint32_t i = 0; i < pool->instances_max; i++)
            ust_sharing_settle(model, pool, &pool->instances[i]);
    ust_measure_settle(pool, now);
    struct ust_pool_count read = pool->count;
    ust_pool_ahead(pool, now, &read.network_ns, &read.storage_ns);
    struct ust_pool_load load = ust_pool_load(pool, now);
    read.busy_area = load.busy_area;
    read.waiting_area = load.waiting_area;
    read.held.area = ust_area_until(&read.held, now);
    read.aside.area = ust_area_until(&read.aside, now);
    read.replica = ust_data_read(model, pool);
    if (pool->injected)
        read.injected = ust_apart_read(pool, now);
    return read;
}

/* CPU seconds of first attempts beyond what capacity could do between two readings. */
double ust_measure_shortfall(const struct ust_pool_count *a, const struct ust_pool_count *b)
{
    double can = b->area.capacity - a->area.capacity;
    double asked = b->work_offered_ns - a->work_offered_ns;
    return asked > can ? (asked - can) / 1e9 : 0;
}

/* What attempts did between two readings: all, or those of injected load. */
struct flow {
    double arrivals, completions, wasted, refused, errors, calls, calls_failed, degraded;
    double at_once, waited, wait_ns, service_ns, paused_ns, looks, hits, bytes, io;
    double busy, held, waiting, aside; /* integrals, ns */
    double work_ns, shared_cpu_ns, network_ns, storage_ns, memory;
    double backlog; /* at the second */
};

#define SINCE(a, b, field) (double)((b)->field - (a)->field)

/* What both kinds of count have under the same names. */
#define SAME_NAMES(a, b)                                                                       \
    .arrivals = SINCE(a, b, arrivals), .completions = SINCE(a, b, completions),                \
    .wasted = SINCE(a, b, wasted), .refused = SINCE(a, b, refused),                            \
    .errors = SINCE(a, b, errors), .calls = SINCE(a, b, calls),                                \
    .calls_failed = SINCE(a, b, calls_failed), .degraded = SINCE(a, b, degraded),              \
    .at_once = SINCE(a, b, at_once), .waited = SINCE(a, b, waited),                            \
    .wait_ns = SINCE(a, b, wait_ns), .service_ns = SINCE(a, b, service_ns),                    \
    .paused_ns = SINCE(a, b, paused_ns), .looks = SINCE(a, b, cache_looks),                    \
    .hits = SINCE(a, b, cache_hits), .bytes = SINCE(a, b, bytes_sent),                         \
    .io = SINCE(a, b, io_done), .held = SINCE(a, b, held.area),                                \
    .aside = SINCE(a, b, aside.area), .work_ns = SINCE(a, b, work_offered_ns),                 \
    .shared_cpu_ns = SINCE(a, b, shared_cpu_ns), .network_ns = SINCE(a, b, network_ns),        \
    .storage_ns = SINCE(a, b, storage_ns), .memory = SINCE(a, b, area.memory_held)

static struct flow flow_of_all(const struct ust_pool_count *a, const struct ust_pool_count *b)
{
    return (struct flow){SAME_NAMES(a, b), .busy = SINCE(a, b, busy_area),
                         .waiting = SINCE(a, b, waiting_area), .backlog = b->replica.backlog};
}

static struct flow flow_of_injected(const struct ust_pool_count *from,
                                    const struct ust_pool_count *to)
{
    const struct ust_injected_count *a = &from->injected, *b = &to->injected;
    return (struct flow){SAME_NAMES(a, b), .busy = SINCE(a, b, busy.area),
                         .waiting = SINCE(a, b, waiting.area), .backlog = to->replica.injected};
}

#define SET(id, value) out[UST_METRIC_##id - UST_METRIC_arrivals] = (value)

/* Metrics of what attempts do: the same of all as, with `part` injected_, of injected load. */
#define SET_FLOW(part, did)                                                                    \
    do {                                                                                       \
        const struct flow *f = &(did);                                                         \
        double started = f->at_once + f->waited, wait = ratio(f->wait_ns, started) / 1e9;      \
        double served = f->service_ns + f->paused_ns; /* from its first beginning on */        \
        double cpu = ps ? f->shared_cpu_ns : (f->busy - f->held) * per_slot;                   \
        SET(part##arrivals, f->arrivals);                                                      \
        SET(part##completions, f->completions);                                                \
        SET(part##wasted, f->wasted);                                                          \
        SET(part##refused, f->refused);                                                        \
        SET(part##errors, f->errors);                                                          \
        SET(part##work_offered, f->work_ns / 1e9);                                             \
        SET(part##in_system, (f->busy + f->waiting + f->aside) / length);                      \
        SET(part##queue, f->waiting / length);                                                 \
        SET(part##wait_mean, wait);                                                            \
        SET(part##sojourn_mean, wait + ratio(served, f->completions) / 1e9);                   \
        SET(part##wait_share, ratio(f->waited, started));                                      \
        SET(part##busy_slots, used(f->busy, a->area.slots, b->area.slots));                    \
        SET(part##cpu, used(cpu, a->area.vcpu, b->area.vcpu));                                 \
        SET(part##memory, ratio(f->memory, SINCE(a, b, area.memory)));                         \
        SET(part##network, used(f->network_ns, a->area.network, b->area.network));             \
        SET(part##storage, used(f->storage_ns, a->area.storage, b->area.storage));             \
        SET(part##memory_held, f->memory / length);                                            \
        SET(part##bytes_sent, f->bytes);                                                       \
        SET(part##io_done, f->io);                                                             \
        SET(part##calls, calls ? f->calls : (double)NAN);                                      \
        SET(part##calls_failed, calls ? f->calls_failed : (double)NAN);                        \
        SET(part##degraded, calls ? f->degraded : (double)NAN);                                \
        SET(part##replication_backlog, f->backlog);                                            \
        SET(part##hit_ratio, ratio(f->hits, f->looks));                                        \
    } while (0)

/* Values of all pool metrics over what has come between two readings, `length` ns apart. */
void ust_measure_pool_values(const struct ust_pool *pool, const struct ust_pool_count *a,
                             const struct ust_pool_count *b, double length, double *out)
{
    const struct ust_pool_config *config = pool->config;
    bool ps = config->persona->discipline == UST_PS, calls = pool->edges != NULL;
    double per_slot =
        config->vcpu < (double)config->slots ? config->vcpu / (double)config->slots : 1;
    const struct flow all = flow_of_all(a, b), injected = flow_of_injected(a, b);
    SET_FLOW(, all);
    SET(capacity, SINCE(a, b, area.capacity) / length);
    SET(instances, SINCE(a, b, area.instances) / length);
    SET(wanted, SINCE(a, b, area.wanted) / length);
    SET(starting, SINCE(a, b, area.starting) / length);
    SET(flaps, SINCE(a, b, flaps) / length * 3.6e12);
    SET(shortfall, ust_measure_shortfall(a, b));
    SET(cost,
        SINCE(a, b, area.running) * pool->price_per_ns + SINCE(a, b, area.surcharge) / 3.6e12);
    SET(replication_lag, b->replica.lag_s);
    if (pool->injected)
        SET_FLOW(injected_, injected);
}

_Static_assert(UST_METRIC_injected_arrivals - UST_METRIC_arrivals == 24 + 8 &&
                   UST_METRICS - UST_METRIC_injected_arrivals == 24,
               "every pool metric is set");

/* ---- a stream's row ---- */

struct ust_latency_row ust_measure_latencies(const struct ust_histogram *histogram,
                                             uint64_t sum_ns)
{
    static const double q[] = {0.5, 0.95, 0.99};
    double ns[3];
    uint64_t answers = ust_histogram_quantiles(histogram, q, 3, ns);
    struct ust_latency_row row = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (answers > 0)
        row = (struct ust_latency_row){(double)sum_ns / (double)answers / 1e9, ns[0] / 1e9,
                                       ns[1] / 1e9, ns[2] / 1e9};
    return row;
}

void ust_measure_cohort_values(const struct ust_cohort *cohort, double *out)
{
    uint64_t ended = 0;
    for (int i = 0; i < UST_OUTCOMES; i++)
        ended += cohort->outcome[i];
    out[UST_METRIC_offered] = (double)cohort->offered;
    out[UST_METRIC_good] = (double)cohort->good;
    out[UST_METRIC_answered] = (double)cohort->outcome[UST_ANSWERED];
    out[UST_METRIC_failed] = (double)cohort->outcome[UST_FAILED];
    out[UST_METRIC_shed] = (double)cohort->outcome[UST_SHED];
    out[UST_METRIC_timed_out] = (double)cohort->outcome[UST_TIMED_OUT];
    out[UST_METRIC_abandoned] = (double)cohort->outcome[UST_ABANDONED];
    out[UST_METRIC_in_flight] = (double)(cohort->offered - ended);
    out[UST_METRIC_overdue] = (double)cohort->overdue;
    out[UST_METRIC_attainment] = ratio((double)cohort->good, (double)(ended + cohort->overdue));
}

void ust_measure_latency_values(struct ust_latency_row row, double *out)
{
    out[UST_METRIC_latency_mean] = row.mean;
    out[UST_METRIC_latency_p50] = row.p50;
    out[UST_METRIC_latency_p95] = row.p95;
    out[UST_METRIC_latency_p99] = row.p99;
}

void ust_measure_add_cohort(struct ust_cohort *to, const struct ust_cohort *from)
{
    to->offered += from->offered;
    to->good += from->good;
    to->overdue += from->overdue;
    for (int i = 0; i < UST_OUTCOMES; i++)
        to->outcome[i] += from->outcome[i];
}

struct ust_traffic_reading ust_measure_read_traffic(const struct ust_model *model,
                                                    uint32_t number)
{
    const struct ust_traffic_count *count = &model->traffic[number].count;
    struct ust_traffic_reading read = {.clients = ust_tally_read(model, number)};
    for (uint32_t r = 0; r < model->config->regions_n; r++)
        read.latency_ns += count->latency_ns[r];
    return read;
}

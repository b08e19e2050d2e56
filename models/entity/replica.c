#include "models/entity/replica.h"

static struct ust_replica_group *group_at(const struct ust_replica *replica, uint32_t k)
{
    return &replica->group[(replica->head + k) % UST_REPLICA_GROUPS];
}

/* What it takes to apply one write, ns. */
static double of_one(const struct ust_replica *replica)
{
    return replica->throughput > 0 ? 1e9 / replica->throughput : 0;
}

void ust_replica_settle(struct ust_replica *replica, ust_time now)
{
    double each = of_one(replica);
    while (!replica->halted && replica->n > 0) {
        const struct ust_replica_group *first = group_at(replica, 0);
        ust_time start = first->at + replica->lag;
        start = start > replica->free ? start : replica->free;
        if (start > now)
            return;
        /* In whole ns, as ust_replica_drained counts them: what is left takes some, or none. */
        ust_time takes = ust_time_round(((double)first->writes - replica->done) * each);
        if (now - start < takes) {
            replica->done += (double)(now - start) / each;
            replica->free = now;
            return;
        }
        replica->free = start + takes;
        replica->pending -= first->writes;
        replica->injected -= first->injected;
        replica->done = 0;
        replica->head = (replica->head + 1) % UST_REPLICA_GROUPS;
        replica->n--;
    }
}

void ust_replica_clear(struct ust_replica *replica, ust_time now)
{
    replica->n = 0;
    replica->pending = replica->injected = 0;
    replica->done = 0;
    replica->free = now;
    replica->width = UST_MS;
}

/* Two neighbours become one, and groups are twice as wide from here on. */
static void coarsen(struct ust_replica *replica)
{
    for (uint32_t k = 0; k < replica->n; k += 2) {
        struct ust_replica_group sum = *group_at(replica, k);
        if (k + 1 < replica->n) {
            sum.writes += group_at(replica, k + 1)->writes;
            sum.injected += group_at(replica, k + 1)->injected;
        }
        *group_at(replica, k / 2) = sum;
    }
    replica->n = (replica->n + 1) / 2;
    replica->width *= 2;
}

void ust_replica_add(struct ust_replica *replica, ust_time now, bool injected)
{
    ust_replica_settle(replica, now);
    replica->pending++;
    replica->injected += injected;
    if (replica->n > 0 && now - group_at(replica, replica->n - 1)->at < replica->width) {
        group_at(replica, replica->n - 1)->writes++;
        group_at(replica, replica->n - 1)->injected += injected;
        return;
    }
    if (replica->n == UST_REPLICA_GROUPS)
        coarsen(replica);
    *group_at(replica, replica->n++) = (struct ust_replica_group){now, 1, injected};
}

double ust_replica_behind(const struct ust_replica *replica, ust_time now)
{
    if (replica->n == 0 || group_at(replica, 0)->at > now)
        return 0;
    return (double)(now - group_at(replica, 0)->at);
}

double ust_replica_lost(const struct ust_replica *replica, ust_time since)
{
    return ust_replica_behind(replica, since) / 1e9;
}

ust_time ust_replica_drained(const struct ust_replica *replica)
{
    ust_time free = replica->free;
    double done = replica->done;
    if (replica->n > 0 && replica->halted)
        return UST_NEVER;
    for (uint32_t k = 0; k < replica->n; k++, done = 0) {
        const struct ust_replica_group *group = group_at(replica, k);
        ust_time start = group->at + replica->lag;
        start = start > free ? start : free;
        free = start + ust_time_round(((double)group->writes - done) * of_one(replica));
    }
    return free;
}

double ust_replica_backlog(const struct ust_replica *replica)
{
    return (double)replica->pending - replica->done;
}

double ust_replica_injected(const struct ust_replica *replica)
{
    if (replica->n == 0)
        return 0;
    const struct ust_replica_group *first = group_at(replica, 0);
    return (double)replica->injected -
           replica->done * ((double)first->injected / (double)first->writes);
}

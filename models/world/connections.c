/* How users keep connections, compiled. */
#include "models/world/steering.h"

/* A lifetime stands for so many cells of its law, each by its middle. The last of the equal
 * ones is cut again and again, because few long lives serve many requests. */
#define CELLS      512
#define TAIL_CELLS 100
#define TAIL_CUT   0.2

/* Where the law reaches q; lives are not negative. */
static double quantile(const struct ust_dist *dist, double q)
{
    double low = 0, high = ust_dist_mean(dist) + 1;
    while (dist->type->cdf(dist, high) < q && high < (double)UST_DIST_TIME_MAX)
        high *= 2;
    for (int i = 0; i < 64 && high - low > 0.5; i++) { /* ns */
        double middle = low + (high - low) / 2;
        if (dist->type->cdf(dist, middle) >= q)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* A request meets a connection by its length, anywhere in its life. */
static struct ust_ages ages_of(struct ust_arena *arena, const struct ust_dist *lifetime)
{
    const uint32_t n = CELLS - 1 + TAIL_CELLS;
    double *life = ust_arena_alloc(arena, double, n),
           *share = ust_arena_alloc(arena, double, n);
    double *met = ust_arena_alloc(arena, double, n), left = 1, cell = 1.0 / CELLS;
    for (uint32_t i = 0; i < n; i++) {
        share[i] = i < CELLS - 1 ? cell : i + 1 < n ? left * TAIL_CUT : left;
        life[i] = quantile(lifetime, 1 - left + share[i] / 2);
        met[i] = share[i] * life[i];
        left -= share[i];
    }
    return (struct ust_ages){
        .life = life, .share = share, .choice = ust_choice_new(arena, met, n), .n = n};
}

void ust_connections_build(struct ust_arena *arena, const struct ust_resource_persona *server,
                           struct ust_traffic_config *out)
{
    const struct ust_connection *connection = &out->persona->connection;
    if (connection->node == NULL)
        return;
    out->connections = true;
    out->idle_timeout = connection->idle_timeout;
    if (server->keep_alive > 0 && server->keep_alive < out->idle_timeout)
        out->idle_timeout = server->keep_alive;
    if (!out->sessions && connection->lifetime.type != NULL &&
        ust_dist_mean(&connection->lifetime) > 0)
        out->ages = ages_of(arena, &connection->lifetime);
}

void ust_connections_sum_up(struct ust_config *config)
{
    if (config->routing.kind.kind == NULL || config->regions_n < 2)
        return;
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        const struct ust_traffic_config *traffic = &config->traffic[i];
        config->connections |= traffic->connections;
        for (uint32_t k = 0; k < traffic->ages.n; k++)
            if (traffic->ages.life[k] > (double)config->connection_age)
                config->connection_age = (ust_time)traffic->ages.life[k] + 1;
    }
}

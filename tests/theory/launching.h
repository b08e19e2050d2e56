/* What the tests of launches share: a scenario in which nobody comes and one pool is asked for
 * instances by hand, so that no scaler stands between, and what its timeline tells. */
#ifndef UST_TESTS_THEORY_LAUNCHING_H
#define UST_TESTS_THEORY_LAUNCHING_H

#include "tests/theory/help.h"

#define ASKED_AT 60.0 /* s */

/* An hour in region `here` of three zones, with a service `s` on `instance` and its `pools`;
 * "#two" in `more` adds a service before it. The caller frees it. */
char *launching_idle(const char *instance, const char *service, const char *pools,
                     const char *more);

struct launching_wish {
    struct ust_model *model;
    int64_t wanted;
    uint32_t pool;
};

/* The pool wants so many from then on. */
void launching_wish_at(struct launching_wish *wish, struct ust_model *model, double at);

/* One replication in which the first pool is asked for so many at ASKED_AT. */
struct ust_model *launching_asked(struct theory *theory, int64_t wanted);

/* The k-th (from 0) moment of an event, s; NAN: there are fewer. Service 0: any. */
double launching_moment(const struct ust_model *model, const char *event, uint32_t service,
                        uint32_t k);
uint32_t launching_moments(const struct ust_model *model, const char *event);

/* Instances that are up, by zone. */
void launching_in_zones(const struct ust_pool *pool, uint32_t count[3]);

#endif

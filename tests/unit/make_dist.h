/* Distributions as the scenario language makes them: arguments by name, the rest by default. */
#ifndef UST_TESTS_UNIT_MAKE_DIST_H
#define UST_TESTS_UNIT_MAKE_DIST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rand/dist.h"

struct given {
    const char *name;
    double value;
};

/* NULL, or what is wrong: a message of `prepare`, or a value outside its argument's range. */
static inline const char *try_dist(struct ust_dist *dist, const char *kind,
                                   const struct given *given)
{
    *dist = (struct ust_dist){.type = ust_dist_find(kind)};
    if (dist->type == NULL)
        return "unknown kind";
    for (int i = 0; dist->type->args[i].name; i++)
        dist->arg[i] = dist->type->args[i].fallback;
    for (; given->name; given++) {
        const struct ust_dist_arg *arg = dist->type->args;
        while (arg->name && strcmp(arg->name, given->name) != 0)
            arg++;
        if (arg->name == NULL)
            return "unknown argument";
        if (given->value < arg->low || given->value > arg->high ||
            (arg->low_open && given->value == arg->low))
            return "out of range";
        dist->arg[arg - dist->type->args] = given->value;
    }
    return dist->type->prepare(dist);
}

static inline struct ust_dist make_dist(const char *kind, const struct given *given)
{
    struct ust_dist dist;
    const char *message = try_dist(&dist, kind, given);
    if (message)
        fail_msg("%s: %s", kind, message);
    return dist;
}

/* GIVEN({"mean", 3}, {"cv", 2}) */
#define GIVEN(...) ((const struct given[]){__VA_ARGS__, {NULL, 0}})
#define GIVEN_NONE ((const struct given[]){{NULL, 0}})

#endif

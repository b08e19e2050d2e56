/* What failure finds and what follows: means and deviations of the number in system, over
 * time, against the exact course of the chain. The initial state is random: a system in its
 * steady state at the instant of the fault, never an average one. Who loses his server goes on
 * where he was once he has one again, so that service stays memoryless. */
#include <math.h>

#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define LOOKS_MAX 16

#ifdef THEORY_REDUCED
#define REPLICATIONS 400
#else
#define REPLICATIONS 3000
#endif

struct course {
    double begin;     /* s: when the system is in its steady state */
    const double *at; /* s after that */
    uint32_t n;
    double *values;
    const struct ust_model *model;
};

static void look(void *context, uint64_t index)
{
    struct course *course = context;
    struct ust_pool_load load =
        ust_pool_load(&course->model->pools[0], course->model->engine.now);
    course->values[index] = (double)load.busy + (double)load.waiting;
}

static void plan(struct ust_model *model, void *context, double *values)
{
    struct course *course = context;
    course->values = values;
    course->model = model;
    for (uint32_t i = 0; i < course->n; i++) {
        ust_time at = ust_time_from_seconds(course->begin + course->at[i]);
        if (course->at[i] == 0)
            at--; /* before what happens at the beginning */
        theory_look_at(model, at, look, course, i);
    }
}

/* Replications of a course, compared at its instants with `exact`. */
static void compare(const struct theory_queue *queue, const char *name, uint32_t replications,
                    double begin, const double *at, uint32_t n, const struct law_moments *exact)
{
    struct theory_value v[LOOKS_MAX];
    struct course course = {.begin = begin, .at = at, .n = n};
    assert_true(n <= LOOKS_MAX);
    theory_run(theory_queue(queue), replications, n, plan, NULL, &course, v);
    double means = THEORY_MEANS;
#ifdef THEORY_REDUCED
    means = 0.1;
#endif
    for (uint32_t i = 0; i < n; i++) {
        theory_check(v[i], exact[i].mean, means, "%s, mean at %g", name, at[i]);
        theory_check_sd(v[i], exact[i].sd, exact[i].kurtosis, "  deviation");
    }
}

/* A loss of half the slots at 0, mended at `back` (0: never). */
static void lose_half(const char *name, double a, unsigned c, int queue, double theta,
                      double back, const double *at, uint32_t n, double begin,
                      uint32_t replications)
{
    struct law_moments exact[LOOKS_MAX];
    double p[LAW_STATES], now = 0;
    struct law_chain chain = {.lambda = a,
                              .theta = theta,
                              .c = c,
                              .places = queue < 0 ? 5000 : (unsigned)queue,
                              .states = queue < 0 ? 600 : c + (unsigned)queue + 1};
    law_steady(&chain, p);
    bool mended = back == 0;
    for (uint32_t i = 0; i < n; i++) {
        if (at[i] > 0 && now == 0)
            chain.c = c / 2;
        if (!mended && at[i] > back) {
            law_run(&chain, p, back - now);
            now = back;
            chain.c = c;
            mended = true;
        }
        law_run(&chain, p, at[i] - now);
        now = at[i];
        exact[i] = law_moments(&chain, p);
    }
    char instance[200], tolerance[200], more[200], waits[32], ends[64];
    snprintf(waits, sizeof waits, "%d", queue);
    snprintf(ends, sizeof ends, ", duration: %.6f s", back);
    snprintf(instance, sizeof instance, "tuning: {slots: %u, queue: %s, cancel: queued}", c,
             queue < 0 ? "unlimited" : waits);
    snprintf(tolerance, sizeof tolerance,
             "patience: exponential(mean %.9f s), patience_covers: wait",
             theta > 0 ? 1 / theta : 1);
    snprintf(more, sizeof more,
             "faults: [{kind: capacity_loss, share: 50 %%, of: slots, at: %.6f s, "
             "in_flight: resume%s}]\ninterval: %.6f s",
             begin, back > 0 ? ends : "", begin + at[n - 1] + 1);
    compare(&(struct theory_queue){.rate = a,
                                   .work = "exponential(mean 1 s)",
                                   .tolerance = theta > 0 ? tolerance : NULL,
                                   .instance = instance,
                                   .more = more,
                                   .duration = begin + at[n - 1] + 1,
                                   .whole = true},
            name, replications, begin, at, n, exact);
}

/* 18 erlangs on 20 servers, of which 10 are lost for 5 service times. */
static void half_the_servers_lost_and_back_move_the_number_exactly(void **state)
{
    (void)state;
    static const double at[] = {0, 0.5, 1, 2, 5, 6, 8, 10, 15, 20, 40};
    lose_half("10 of 20 lost for 5", 18, 20, -1, 0, 5, at, 11, 200, 3 * REPLICATIONS);
}

static void another_loss_moves_the_number_exactly(void **state)
{
    (void)state;
    static const double at[] = {0, 1, 3, 4, 7, 12};
    lose_half("4 of 8 lost for 3", 6, 8, -1, 0, 3, at, 6, 100, 2 * REPLICATIONS);
}

static void impatience_ends_the_growth_as_the_chain_says(void **state)
{
    (void)state;
    static const double at[] = {0, 0.25, 0.5, 1, 2, 4, 8};
    lose_half("50 of 100 lost, impatient", 90, 100, -1, 0.5, 0, at, 7, 30, 3 * REPLICATIONS);
}

/* The queue has so many places with all servers and with half of them. */
static void a_finite_buffer_cuts_the_growth_as_the_chain_says(void **state)
{
    (void)state;
    static const double at[] = {0, 0.5, 1, 2, 3, 4, 6, 10};
    lose_half("30 of 60 lost for 3, 60 may wait", 45, 60, 60, 0, 3, at, 8, 30, REPLICATIONS);
}

static void one_server_fills_up_from_empty_as_the_chain_says(void **state)
{
    (void)state;
    static const double at[] = {1, 2, 5, 10, 20, 50, 100};
    struct law_moments exact[7];
    double p[LAW_STATES] = {1}, now = 0;
    struct law_chain chain = {.lambda = 0.8, .c = 1, .places = 2000, .states = 400};
    for (int i = 0; i < 7; i++) {
        law_run(&chain, p, at[i] - now);
        now = at[i];
        exact[i] = law_moments(&chain, p);
    }
    theory_near(exact[2].mean, 1.46946082778554, 1e-9, "M/M/1 from empty, at 5");
    struct theory_value v[7];
    struct course course = {.at = at, .n = 7};
    theory_run(theory_queue(&(struct theory_queue){.rate = 0.8,
                                                   .work = "exponential(mean 1 s)",
                                                   .instance = "tuning: {slots: 1}",
                                                   .duration = 101,
                                                   .whole = true}),
               10 * REPLICATIONS, 7, plan, NULL, &course, v);
    for (int i = 0; i < 7; i++) {
        theory_check(v[i], exact[i].mean, THEORY_MEANS, "M/M/1 from empty, mean at %g", at[i]);
        theory_check_sd(v[i], exact[i].sd, exact[i].kurtosis, "  deviation");
    }
}

/* M(t)/M/infinity: the number is Poisson at every instant, so its variance is its mean. The
 * rate follows a sine of 24 through straight lines between 97 points, which lie below it by
 * less than 0.05 %. */
static void waves_of_arrivals_leave_poisson_numbers(void **state)
{
    (void)state;
    static const double at[] = {1, 6, 12, 24, 30};
    static const double mean[] = {6.79966671750523294, 14.657535777769917, 11.224980489360087,
                                  8.774965595056635, 14.679286742838836};
    char *points = NULL;
    size_t length;
    FILE *out = open_memstream(&points, &length);
    fputs("{kind: piecewise, shape: linear, repeat: 24 s, points: [", out);
    for (int i = 0; i <= 96; i++)
        fprintf(out, "{at: %.2f s, rate: %.12f /s}%s", i / 4.0,
                10 + 5 * sin(2 * 3.14159265358979323846 * i / 96), i < 96 ? ", " : "]}");
    fclose(out);
    struct law_moments exact[5];
    for (int i = 0; i < 5; i++)
        exact[i] =
            (struct law_moments){.mean = mean[i], .sd = sqrt(mean[i]), .kurtosis = 1 / mean[i]};
    compare(&(struct theory_queue){.arrivals = points,
                                   .work = "exponential(mean 1 s)",
                                   .instance = "tuning: {slots: 1000}",
                                   .duration = 31,
                                   .whole = true},
            "M(t)/M/inf", REPLICATIONS, 0, at, 5, exact);
    free(points);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_the_servers_lost_and_back_move_the_number_exactly),
        cmocka_unit_test(another_loss_moves_the_number_exactly),
        cmocka_unit_test(impatience_ends_the_growth_as_the_chain_says),
        cmocka_unit_test(a_finite_buffer_cuts_the_growth_as_the_chain_says),
        cmocka_unit_test(one_server_fills_up_from_empty_as_the_chain_says),
        cmocka_unit_test(waves_of_arrivals_leave_poisson_numbers),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}

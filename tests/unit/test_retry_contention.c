/* Backoff and jitter under contention: many clients read a version of one row, and write it if
 * nobody has written meanwhile; who comes too late waits and begins again. The model of
 * "Exponential backoff and jitter" (Brooker, AWS architecture blog, 2015;
 * aws-samples/aws-arch-backoff-simulator, commit 66cb169): every message takes |N(10 ms, 2
 * ms)|, base 5 ms, cap 2 s; until all have written, how long does it take, and how many writes
 * are tried?
 *
 * There the wait before the first repetition is already twice the base, here it is the base: so
 * `base` is 10 ms but for decorrelated jitter, which counts no attempts.
 */
#include "tests/unit/policy.h"

#include "models/retry/retry.h"
#include "sim/rand/variate.h"

#define CLIENTS_MAX 100

enum step { READS, HAS_READ, WRITES, HAS_WRITTEN };

struct message {
    ust_time at;
    enum step step;
    uint32_t version, attempt;
    ust_time wait; /* the last one */
    bool fine;
};

struct contest {
    const struct policy *policy;
    struct ust_rng network, jitter;
    struct message next[CLIENTS_MAX]; /* of each client; who is done has UST_NEVER */
    uint32_t clients, version, writes;
};

static ust_time delay(struct contest *contest)
{
    return ust_time_round(fabs(10e6 + 2e6 * ust_normal(&contest->network)));
}

static void take(struct contest *contest, struct message *message)
{
    const struct ust_variant *retry = &contest->policy->variant;
    ust_time now = message->at;
    message->at = now + delay(contest);
    switch (message->step) {
    case READS:
        message->version = contest->version;
        message->step = HAS_READ;
        break;
    case HAS_READ:
        message->step = WRITES;
        break;
    case WRITES:
        contest->writes++;
        message->fine = message->version == contest->version;
        contest->version += message->fine;
        message->step = HAS_WRITTEN;
        break;
    case HAS_WRITTEN:
        if (message->fine) {
            message->at = UST_NEVER;
            break;
        }
        message->wait =
            ust_retry_of(retry->kind)
                ->wait(retry->params, message->attempt++, message->wait, &contest->jitter);
        assert_true(message->wait != UST_NEVER);
        message->at += message->wait;
        message->step = READS;
        break;
    }
}

/* The time of the last message. */
static ust_time run(struct contest *contest)
{
    ust_time now = 0;
    for (uint32_t i = 0; i < contest->clients; i++)
        contest->next[i] = (struct message){.at = delay(contest), .attempt = 1};
    for (;;) {
        struct message *first = &contest->next[0];
        for (uint32_t i = 1; i < contest->clients; i++)
            if (contest->next[i].at < first->at)
                first = &contest->next[i];
        if (first->at == UST_NEVER)
            return now;
        now = first->at;
        take(contest, first);
    }
}

struct mean {
    double sum, squares;
};

static void near_reference(const char *what, struct mean mean, uint32_t n, double reference,
                           double error)
{
    double m = mean.sum / n, variance = (mean.squares - n * m * m) / (n - 1.0);
    double own = sqrt(variance / n), z = (m - reference) / sqrt(own * own + error * error);
    printf("  %-28s %9.3f +- %7.3f, reference %9.3f +- %7.3f, %5.2f se\n", what, m, own,
           reference, error, z);
    if (fabs(z) > 4 || fabs(m - reference) > 0.05 * reference)
        fail_msg("%s: %.4f, reference %.4f", what, m, reference);
}

/* The references are means of a run of the published rules with their standard errors, 3000
 * repetitions with 10 clients and 150 with 100. */
static void compare(const char *retry, uint32_t clients, uint32_t n, double ms, double ms_error,
                    double calls, double calls_error)
{
    struct policy policy = policy_read(&ust_retry_registry, retry);
    struct mean took = {0}, tried = {0};
    for (uint32_t i = 0; i < n; i++) {
        struct contest contest = {.policy = &policy,
                                  .clients = clients,
                                  .network = ust_rng_derive(10, i, "network"),
                                  .jitter = ust_rng_derive(10, i, "jitter")};
        double t = (double)run(&contest) / 1e6;
        took.sum += t;
        took.squares += t * t;
        tried.sum += contest.writes;
        tried.squares += (double)contest.writes * contest.writes;
        assert_int_equal(contest.version, clients); /* everybody wrote once */
    }
    printf("%u clients, %s\n", clients, retry);
    near_reference("time, ms", took, n, ms, ms_error);
    near_reference("writes", tried, n, calls, calls_error);
    policy_free(&policy);
}

#define BACKOFF(jitter)                                                                        \
    "{kind: backoff, base: 10 ms, cap: 2 s, attempts: 1000, jitter: " jitter "}"
#define DECORRELATED                                                                           \
    "{kind: backoff, base: 5 ms, cap: 2 s, attempts: 1000, jitter: decorrelated}"

static void ten_clients_take_as_long_as_published(void **unused)
{
    (void)unused;
    compare("{kind: immediate, attempts: 1000}", 10, 1000, 379.02, 0.63, 50.767, 0.075);
    compare(BACKOFF("none"), 10, 1000, 3424.7, 23.8, 50.654, 0.077);
    compare(BACKOFF("equal"), 10, 1000, 732.31, 3.41, 42.604, 0.047);
    compare(BACKOFF("full"), 10, 1000, 465.30, 1.92, 39.056, 0.042);
    compare(DECORRELATED, 10, 1000, 435.72, 1.56, 37.660, 0.041);
}

static void a_hundred_clients_take_as_long_as_published(void **unused)
{
    (void)unused;
    compare("{kind: immediate, attempts: 1000}", 100, 40, 2027.2, 3.2, 2421.2, 2.6);
    compare(BACKOFF("equal"), 100, 60, 6524.4, 52.3, 811.22, 0.64);
    compare(BACKOFF("full"), 100, 60, 4920.9, 40.6, 796.17, 0.49);
    compare(DECORRELATED, 100, 60, 4665.4, 56.0, 1001.63, 2.47);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_clients_take_as_long_as_published),
        cmocka_unit_test(a_hundred_clients_take_as_long_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

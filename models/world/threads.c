/* The executor of one machine: threads, each with a piece of its own. */
#include <pthread.h>
#include <unistd.h>

#include "models/world/batch.h"
#include "sim/base/limits.h"

static uint32_t workers(uint32_t asked)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (asked > 0)
        return asked < UST_THREADS_MAX ? asked : UST_THREADS_MAX;
    return n < 1 ? 1 : n > UST_THREADS_MAX ? UST_THREADS_MAX : (uint32_t)n;
}

static void *work(void *batch)
{
    while (ust_batch_run_one(batch))
        ;
    return NULL;
}

/* Progress and lease, while others work. */
#define LOOK_MS 100

static void *keep_watch(void *batch)
{
    while (!ust_batch_over(batch))
        ust_batch_wait(batch, LOOK_MS);
    return NULL;
}

/* One worker works in the thread that called, whose memory is the quickest to have. */
static void work_alone(struct ust_batch *batch)
{
    pthread_t watch;
    bool watched = pthread_create(&watch, NULL, keep_watch, batch) == 0;
    if (!watched)
        ust_batch_fail(batch, ust_cli_refused("cannot start a thread"));
    (void)work(batch);
    if (watched)
        pthread_join(watch, NULL);
}

static void run(struct ust_batch *batch)
{
    uint32_t wanted = ust_batch_workers(batch), started = 0;
    pthread_t thread[UST_THREADS_MAX];
    if (wanted == 1) {
        work_alone(batch);
        return;
    }
    while (started < wanted && pthread_create(&thread[started], NULL, work, batch) == 0)
        started++;
    if (started == 0)
        ust_batch_fail(batch, ust_cli_refused("cannot start a thread"));
    (void)keep_watch(batch);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

const struct ust_executor ust_threads = {.name = "threads", .workers = workers, .work = run};

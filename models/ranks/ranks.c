#include "models/ranks/ranks.h"

#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/entity/model.h"
#include "sim/base/limits.h"

/* To workers: STUDY, WORK, END. To rank 0: HEAD and the parcel's bytes, or FAILED. */
enum tag { STUDY = 1, WORK, END, HEAD, BYTES, FAILED };

/* Found wrong by whoever is of another kind or version. */
#define ORDER 0x0102030405060708u

struct study_head {
    uint64_t order, seed, length, sets_n, single;
    char version[32];
};
struct work_order {
    uint64_t hash; /* of the unit's scenario */
    uint32_t unit, replication;
};
struct parcel_head {
    uint64_t length;
    uint32_t unit, replication;
};

/* A message's length is an int; longer parcels go in pieces. */
#define CHUNK (64u << 20)

#define TEXT_LENGTH 1024

/* ---- both sides ---- */

/* Napping a little longer each time that nothing has come. 5 ms are nothing beside a
 * replication, and 200 looks a second are nothing for a processor. */
#define NAP_LEAST_NS 50000
#define NAP_MOST_NS  5000000

static void nap(long *ns)
{
    const struct timespec length = {0, *ns};
    nanosleep(&length, NULL);
    *ns = *ns * 2 < NAP_MOST_NS ? *ns * 2 : NAP_MOST_NS;
}

static int ranks_n(void)
{
    int n;
    MPI_Comm_size(MPI_COMM_WORLD, &n);
    return n;
}

/* In place of a blocking receive, which would spin. */
static void await(int source, MPI_Status *status)
{
    long ns = NAP_LEAST_NS;
    int there = 0;
    for (;;) {
        MPI_Iprobe(source, MPI_ANY_TAG, MPI_COMM_WORLD, &there, status);
        if (there)
            return;
        nap(&ns);
    }
}

static void send_bytes(const void *bytes, size_t length, int to, enum tag tag)
{
    MPI_Send(bytes, (int)length, MPI_BYTE, to, (int)tag, MPI_COMM_WORLD);
}

static void receive(void *bytes, size_t length, int from, enum tag tag)
{
    MPI_Recv(bytes, (int)length, MPI_BYTE, from, (int)tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

bool ust_ranks_begin(int *argc, char ***argv)
{
    int rank;
    MPI_Init(argc, argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank == 0;
}

/* ---- workers ---- */

struct worker {
    bool ready;
    struct ust_spec spec; /* of the base scenario, and of the message */
    struct ust_study study;
    bool single;
    /* the unit that was run last */
    bool unit_ready;
    uint32_t unit;
    struct ust_spec unit_spec;
    struct ust_scenario *scenario;
};

static void forget_unit(struct worker *worker)
{
    if (worker->unit_ready) {
        ust_diag_free(worker->unit_spec.diag);
        ust_arena_free(worker->unit_spec.arena);
    }
    worker->unit_ready = false;
}

static void forget_study(struct worker *worker)
{
    forget_unit(worker);
    if (worker->spec.arena != NULL) {
        ust_diag_free(worker->spec.diag);
        ust_arena_free(worker->spec.arena);
    }
    *worker = (struct worker){.ready = false};
}

__attribute__((format(printf, 1, 2))) static void tell_failure(const char *format, ...)
{
    char text[TEXT_LENGTH], host[MPI_MAX_PROCESSOR_NAME] = "";
    int length, rank;
    va_list arguments;
    MPI_Get_processor_name(host, &length);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    int used = snprintf(text, sizeof text, "rank %d on %s: ", rank, host);
    va_start(arguments, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    va_end(arguments);
    send_bytes(text, strlen(text) + 1, 0, FAILED);
}

static const char *first_message(const struct ust_spec *spec)
{
    const struct ust_diag_message *message = ust_diag_at(spec->diag, 0);
    return message == NULL ? "it cannot be read" : message->text;
}

/* Texts behind the head: the path, then each set. */
static void read_base(struct worker *worker, const struct study_head *head, char *texts)
{
    struct ust_study *study = &worker->study;
    const char **sets = ust_arena_alloc(worker->spec.arena, const char *, head->sets_n + 1);
    const char *at = texts + strlen(texts) + 1;
    for (uint64_t i = 0; i < head->sets_n; i++, at += strlen(at) + 1)
        sets[i] = at;
    *study = (struct ust_study){
        .path = texts, .sets = sets, .sets_n = head->sets_n, .seed = head->seed};
    struct ust_scenario *base =
        ust_scenario_read(&worker->spec, study->path, study->sets, study->sets_n);
    if (base == NULL) {
        tell_failure("%s: %s", study->path, first_message(&worker->spec));
        return;
    }
    study->base = base;
    study->n = worker->single ? 1 : base->units.units_n;
    study->unit = ust_arena_alloc(worker->spec.arena, struct ust_study_unit, study->n + 1);
    for (uint32_t i = 0; i < study->n && !worker->single; i++)
        study->unit[i].is = &base->units.unit[i];
    worker->scenario = base;
    base->config->seed = head->seed;
    worker->ready = true;
}

static void take_study(struct worker *worker, const MPI_Status *status)
{
    int length;
    forget_study(worker);
    worker->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    MPI_Get_count(status, MPI_BYTE, &length);
    char *bytes = ust_arena_alloc(worker->spec.arena, char, (size_t)length + 1);
    receive(bytes, (size_t)length, 0, STUDY);
    struct study_head head;
    if ((size_t)length < sizeof head) {
        tell_failure("rank 0 runs another program");
        return;
    }
    memcpy(&head, bytes, sizeof head);
    worker->single = head.single != 0;
    if (head.order != ORDER || head.length != (uint64_t)length)
        tell_failure("rank 0 runs on another kind of machine");
    else if (strncmp(head.version, UST_VERSION, sizeof head.version) != 0)
        tell_failure("this is version " UST_VERSION ", rank 0 runs %.31s", head.version);
    else
        read_base(worker, &head, bytes + sizeof head);
}

/* The scenario of a unit; one is kept, for pieces come in the order of units. */
static const struct ust_scenario *scenario_of(struct worker *worker,
                                              const struct work_order *order)
{
    if (worker->single) {
        if (worker->scenario->hash == order->hash)
            return worker->scenario;
        tell_failure("%s: is not the scenario that rank 0 has read", worker->study.path);
        return NULL;
    }
    if (worker->unit_ready && worker->unit == order->unit)
        return worker->scenario;
    forget_unit(worker);
    if (order->unit >= worker->study.n) {
        tell_failure("%s: is not the scenario that rank 0 has read", worker->study.path);
        return NULL;
    }
    worker->study.unit[order->unit].hash = order->hash;
    worker->unit_spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    worker->unit_ready = true;
    worker->unit = order->unit;
    worker->scenario = ust_study_read(&worker->unit_spec, &worker->study, order->unit);
    if (worker->scenario == NULL) {
        tell_failure("%s: %s", worker->study.path, first_message(&worker->unit_spec));
        forget_unit(worker);
    }
    return worker->unit_ready ? worker->scenario : NULL;
}

static void send_parcel(const struct ust_parcel *parcel, const struct work_order *order)
{
    const struct parcel_head head = {parcel->length, order->unit, order->replication};
    send_bytes(&head, sizeof head, 0, HEAD);
    for (size_t at = 0; at < parcel->length; at += CHUNK) {
        size_t left = parcel->length - at;
        send_bytes((const char *)parcel->bytes + at, left < CHUNK ? left : CHUNK, 0, BYTES);
    }
}

static void do_work(struct worker *worker)
{
    struct work_order order;
    receive(&order, sizeof order, 0, WORK);
    if (!worker->ready)
        return; /* rank 0 has been told */
    const struct ust_scenario *scenario = scenario_of(worker, &order);
    if (scenario == NULL)
        return;
    struct ust_model *model = ust_model_new(scenario->config, order.replication);
    ust_model_run(model);
    struct ust_parcel parcel = ust_parcel_pack(model);
    ust_model_free(model);
    send_parcel(&parcel, &order);
    free(parcel.bytes);
}

int ust_ranks_work(void)
{
    /* Rank 0 decides what follows from a signal; it wants what is under way. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    struct worker worker = {.ready = false};
    MPI_Status status;
    for (;;) {
        await(0, &status);
        if (status.MPI_TAG == STUDY)
            take_study(&worker, &status);
        else if (status.MPI_TAG == WORK)
            do_work(&worker);
        else
            break;
    }
    receive(NULL, 0, 0, END);
    forget_study(&worker);
    MPI_Finalize();
    return 0;
}

/* ---- rank 0 ---- */

struct crew {
    struct ust_batch *batch;
    const struct ust_study *study;
    bool *busy; /* by rank */
    int ranks;  /* that are used, with rank 0 */
    uint32_t out;
    bool failed;
};

static void announce(const struct ust_study *study, int ranks)
{
    struct study_head head = {.order = ORDER,
                              .seed = study->seed,
                              .sets_n = study->sets_n,
                              .single = study->unit[0].given != NULL};
    snprintf(head.version, sizeof head.version, "%s", UST_VERSION);
    struct ust_text texts = {0};
    ust_text_add_n(&texts, study->path, strlen(study->path) + 1);
    for (size_t i = 0; i < study->sets_n; i++)
        ust_text_add_n(&texts, study->sets[i], strlen(study->sets[i]) + 1);
    head.length = sizeof head + texts.length;
    char *message = ust_malloc(head.length);
    memcpy(message, &head, sizeof head);
    memcpy(message + sizeof head, ust_text_string(&texts), texts.length);
    for (int rank = 1; rank < ranks; rank++)
        send_bytes(message, head.length, rank, STUDY);
    free(message);
    ust_text_free(&texts);
}

static bool hand_out(struct crew *crew, int rank)
{
    struct ust_batch_work piece;
    if (crew->failed || ust_batch_take(crew->batch, false, &piece) != UST_BATCH_WORK)
        return false;
    const struct work_order order = {crew->study->unit[piece.unit].hash, piece.unit,
                                     piece.replication};
    send_bytes(&order, sizeof order, rank, WORK);
    crew->busy[rank] = true;
    crew->out++;
    return true;
}

static bool hand_out_all(struct crew *crew)
{
    bool any = false;
    for (int rank = 1; rank < crew->ranks; rank++)
        if (!crew->busy[rank]) {
            if (!hand_out(crew, rank))
                break;
            any = true;
        }
    return any;
}

static void fail(struct crew *crew, int rank)
{
    char text[TEXT_LENGTH] = "";
    receive(text, sizeof text, rank, FAILED);
    if (!crew->failed)
        ust_batch_fail(crew->batch, ust_cli_refused("%s", text));
    crew->failed = true;
    crew->out -= crew->busy[rank];
    crew->busy[rank] = false;
}

/* The rank gets its next piece before its last one is written, so that it need not wait. */
static void collect(struct crew *crew, int rank)
{
    struct parcel_head head;
    receive(&head, sizeof head, rank, HEAD);
    struct ust_parcel parcel = {ust_malloc(head.length), head.length};
    for (size_t at = 0; at < head.length; at += CHUNK) {
        size_t left = head.length - at;
        receive((char *)parcel.bytes + at, left < CHUNK ? left : CHUNK, rank, BYTES);
    }
    crew->busy[rank] = false;
    crew->out--;
    (void)hand_out(crew, rank);
    const struct ust_batch_work piece = {head.unit, head.replication};
    ust_batch_give(crew->batch, piece, parcel);
}

static bool look(struct crew *crew)
{
    int there;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (!there)
        return false;
    if (status.MPI_TAG == FAILED)
        fail(crew, status.MPI_SOURCE);
    else
        collect(crew, status.MPI_SOURCE);
    return true;
}

static uint32_t workers(uint32_t asked)
{
    uint32_t n = (uint32_t)ranks_n() - 1;
    if (n == 0)
        return ust_threads.workers(asked);
    return asked > 0 && asked < n ? asked : n;
}

static void work(struct ust_batch *batch)
{
    if (ranks_n() == 1) {
        ust_threads.work(batch);
        return;
    }
    struct crew crew = {.batch = batch,
                        .study = ust_batch_study(batch),
                        .ranks = (int)ust_batch_workers(batch) + 1};
    crew.busy = ust_malloc((size_t)crew.ranks);
    memset(crew.busy, 0, (size_t)crew.ranks);
    announce(crew.study, crew.ranks);
    long ns = NAP_LEAST_NS;
    /* Once all is written, those who run more than was enough are waited for. A job that is
     * stopped has a second left before it is killed, and a rank may be dead already, so then
     * nobody is: what was under way is run again when the study goes on. */
    while (!ust_batch_over(batch) || (crew.out > 0 && ust_batch_complete(batch))) {
        bool moved = hand_out_all(&crew);
        moved = look(&crew) || moved;
        if (moved)
            ns = NAP_LEAST_NS;
        else
            nap(&ns);
    }
    free(crew.busy);
}

void ust_ranks_end(int code)
{
    if (code == UST_EXIT_INTERNAL || code == UST_EXIT_INTERRUPTED)
        MPI_Abort(MPI_COMM_WORLD, code);
    for (int rank = 1; rank < ranks_n(); rank++)
        send_bytes(NULL, 0, rank, END);
    MPI_Finalize();
}

const struct ust_executor ust_ranks = {.name = "ranks", .workers = workers, .work = work};

/* Traffic of known makers, to find out how well strangers are told from personas.
 *
 * Three kinds of users, whose sessions have the long tails that real ones have (lognormal
 * numbers of requests, pauses and sizes), and four kinds of strangers: what walks a whole
 * catalogue at an even pace, the same at the pace of people, a flood, and a client that repeats
 * one failing request. A trial learns personas from users alone, then judges further users and
 * the strangers. Nothing of it is tuned to the classifier: the numbers below are all there is.
 */
#ifndef UST_CLASSIFY_STRANGERS_H
#define UST_CLASSIFY_STRANGERS_H

#include "analysis/classify/judge.h"
#include "sim/rand/rng.h"

struct ust_stranger_kind {
    const char *name;
    bool stranger;
    double requests, requests_cv; /* of a session */
    double pause_s, pause_cv;     /* between requests; a session has a pace of its own, too */
    double bytes, bytes_cv;
    double shares[3]; /* of the actions browse, search, buy */
    double failed;    /* share of requests */
};

#define UST_STRANGER_KINDS 7
#define UST_STRANGER_USERS 3 /* the first of them */
extern const struct ust_stranger_kind ust_stranger_kinds[UST_STRANGER_KINDS];

/* Adds a session of this kind for this user, beginning at a random second of a week. */
void ust_stranger_session(const struct ust_stranger_kind *kind, uint64_t user,
                          struct ust_rng *rng, struct ust_sessions *sessions);

/* Of users' sessions whose probability lay in one bin of width 1 / UST_RELIABILITY_BINS. */
#define UST_RELIABILITY_BINS 20
struct ust_reliability {
    uint64_t n, right; /* the likeliest persona is that of most of their kind */
    double said;       /* sum of the probabilities */
};
void ust_reliability_add(struct ust_reliability *bins, const struct ust_reliability *more);

struct ust_strangers {
    uint32_t personas;
    uint64_t users, alarms; /* users' sessions that were judged, and taken for none */
    uint64_t strangers[UST_STRANGER_KINDS], found[UST_STRANGER_KINDS];
    uint64_t right; /* users' sessions whose persona is that of most of their kind */
    struct ust_reliability reliability[UST_RELIABILITY_BINS];
};

/* Mean distance of what was said from what was so, over the bins by their sessions: the
 * expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015). 0 .. 1. */
double ust_calibration_error(const struct ust_reliability *bins);

/* Learns from `learned` sessions of users (half, a third and a sixth by kind), judges `judged`
 * further ones and as many of each kind of strangers. False where nothing could be learned. */
bool ust_strangers_try(size_t learned, size_t judged, enum ust_gate gate, double level,
                       uint64_t seed, struct ust_strangers *out);

#endif

/* PCG64 DXSM against known answers and NumPy, and the independence of named streams. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/law.h"

#include <gsl/gsl_randist.h>

#include "sim/rand/gsl.h"
#include "sim/rand/rng.h"

/* ---- known answers ----
 * cm_setseq_dxsm_128_64 of pcg-cpp 428802d1; NumPy's PCG64DXSM gives the same. */

struct known {
    ust_u128 seed, stream;
    uint64_t first[8];
    uint64_t millionth;
    uint64_t after_2_100; /* the first word after 2^100 steps */
};

#define WORDS(high, low) ((ust_u128)(high) << 64 | (low))

static const struct known known_42_54 = {
    WORDS(0, 0x2a),
    WORDS(0, 0x36),
    {0xf0847c9518bddb90, 0x8e7d5f5514ba8aaa, 0x86fbd36f8028f6fd, 0x8d14b6edbe9f740a,
     0xa85b2896c7cad55d, 0x8ca3894a1d9227bb, 0x9f804d5db108f5df, 0xb0dcd9c3191b2a32},
    0xa37000fc7b25c41c,
    0xcce23ecf3d2875f0};
static const struct known known_1_1 = {
    WORDS(0, 1),
    WORDS(0, 1),
    {0xe9105cd3b1bfa1e5, 0x9017bf82ebf2b329, 0x795716b98c9e13d6, 0xdfa7e3e7ecc45160,
     0x8511bda382bf48aa, 0x2a43f2513331e6d8, 0xcbe8a670689a8ba9, 0x29a74215440a9f85},
    0x8014ab948f869b21,
    0xd5265e99665e2680};
static const struct known known_wide = {
    WORDS(0x0123456789abcdef, 0xfedcba9876543210),
    WORDS(0, 0xdeadbeefcafef00d),
    {0x0d01f57acdab2aa8, 0xc14580f445b6cca8, 0x5f611dcb3d00e8ac, 0xf6fdad61104d0d3b,
     0x775b2eb3b50ece2d, 0x814cd410a933324a, 0x80b53725be1249d2, 0xd8c64f7ab2ad0efa},
    0x978fa2ce3a5ed17f,
    0x3c1cfae3e6811bdd};
static const struct known known_zero = {
    WORDS(0, 0),
    WORDS(0, 0),
    {0x0000000000000000, 0x5238ea76d1f0df4a, 0x1a3c4747022e48a4, 0x340b0228e6afc056,
     0x81bb52f8baaa203a, 0x0fd17a4a4b0a1ce3, 0x55fe9ec2c245a242, 0xa2f6d5a82a0704f9},
    0x1e929333103de01b,
    0xe64e91b8c6e3d5ce};

static void check_known(const struct known *known)
{
    struct ust_rng rng = ust_rng_pcg(known->seed, known->stream), start = rng;
    for (int i = 0; i < 8; i++)
        assert_int_equal(ust_rng_u64(&rng), known->first[i]);
    for (int i = 8; i < 999999; i++)
        ust_rng_u64(&rng);
    assert_int_equal(ust_rng_u64(&rng), known->millionth);

    rng = start;
    ust_rng_advance(&rng, 999999);
    assert_int_equal(ust_rng_u64(&rng), known->millionth);
    rng = start;
    ust_rng_advance(&rng, (ust_u128)1 << 100);
    assert_int_equal(ust_rng_u64(&rng), known->after_2_100);
    rng = start;
    ust_rng_advance(&rng, 12345);
    ust_rng_advance(&rng, -(ust_u128)12345); /* steps are counted modulo 2^128 */
    assert_int_equal(ust_rng_u64(&rng), known->first[0]);
}

static void words_are_those_of_the_reference_for_seed_42_stream_54(void **state)
{
    (void)state;
    check_known(&known_42_54);
}

static void words_are_those_of_the_reference_for_seed_1_stream_1(void **state)
{
    (void)state;
    check_known(&known_1_1);
}

static void words_are_those_of_the_reference_for_a_seed_of_128_bits(void **state)
{
    (void)state;
    check_known(&known_wide);
}

static void words_are_those_of_the_reference_for_seed_0_stream_0(void **state)
{
    (void)state;
    check_known(&known_zero);
}

static void advancing_by_nothing_changes_nothing(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_pcg(3, 4), before = rng;
    ust_rng_advance(&rng, 0);
    assert_memory_equal(&rng, &before, sizeof rng);
}

/* ---- NumPy as a second opinion ---- */

#define NUMPY "/usr/bin/python3"

static const char numpy_program[] =
    "import sys, numpy\n"
    "b = numpy.random.PCG64DXSM(0)\n"
    "s = b.state\n"
    "s['state'] = {'state': int(sys.argv[1], 16), 'inc': int(sys.argv[2], 16)}\n"
    "b.state = s\n"
    "print(*(hex(int(x)) for x in b.random_raw(100)))\n"
    "b.advance(12345678901234567890123456789)\n"
    "print(*(hex(int(x)) for x in b.random_raw(100)))\n";

static void words_are_those_of_numpy_for_a_named_stream(void **state)
{
    (void)state;
    if (access(NUMPY, X_OK) != 0 || system(NUMPY " -c 'import numpy' 2>/dev/null") != 0) {
        print_message("skipped: " NUMPY " has no numpy\n");
        skip();
    }
    struct ust_rng rng = ust_rng_derive(42, 7, "traffic/web/evening-shopper/gap");
    char command[2000];
    snprintf(command, sizeof command, NUMPY " -c \"%s\" %016jx%016jx %016jx%016jx",
             numpy_program, (uintmax_t)(rng.state >> 64), (uintmax_t)(uint64_t)rng.state,
             (uintmax_t)(rng.increment >> 64), (uintmax_t)(uint64_t)rng.increment);
    FILE *numpy = popen(command, "r");
    assert_non_null(numpy);
    for (int i = 0; i < 200; i++) {
        uintmax_t theirs;
        if (i == 100)
            ust_rng_advance(&rng, WORDS(0x27e41b32, 0x46bec9b16e398115));
        assert_int_equal(fscanf(numpy, "%jx", &theirs), 1);
        assert_int_equal(ust_rng_u64(&rng), theirs);
    }
    assert_int_equal(pclose(numpy), 0);
}

/* ---- numbers out of words ---- */

static void unit_takes_the_upper_53_bits(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_pcg(42, 54);
    assert_true(ust_rng_unit(&rng) == (double)(known_42_54.first[0] >> 11) / 0x1p53);
    assert_true(ust_rng_open(&rng) == ((double)(known_42_54.first[1] >> 12) + 0.5) / 0x1p52);
}

/* A generator whose next word is `word`: the output function, taken backwards with a low half
 * of 1. */
static struct ust_rng about_to_say(uint64_t word)
{
    uint64_t inverse = 1; /* of the multiplier, by Newton's iteration modulo 2^64 */
    for (int i = 0; i < 6; i++)
        inverse *= 2 - UST_RNG_MULTIPLIER * inverse;
    word ^= word >> 48;
    word *= inverse;
    word ^= word >> 32;
    return (struct ust_rng){.state = WORDS(word, 1), .increment = 1};
}

static void smallest_and_largest_words_give_the_ends_of_the_intervals(void **state)
{
    (void)state;
    struct ust_rng zero = about_to_say(0), ones = about_to_say(UINT64_MAX), rng = ones;
    assert_int_equal(ust_rng_u64(&rng), UINT64_MAX);
    rng = zero;
    assert_true(ust_rng_unit(&rng) == 0);
    rng = ones;
    assert_true(ust_rng_unit(&rng) == 1 - 0x1p-53);
    rng = zero;
    assert_true(ust_rng_open(&rng) == 0x1p-53);
    rng = ones;
    assert_true(ust_rng_open(&rng) == 1 - 0x1p-53);
    rng = ones;
    assert_int_equal(ust_rng_below(&rng, 7), 6);
    rng = ones;
    assert_int_equal(ust_rng_below(&rng, UINT32_MAX), UINT32_MAX - 1);
    rng = zero;
    assert_int_equal(ust_rng_below(&rng, UINT32_MAX), 0);
}

static void below_is_uniform_on_its_range(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "below");
    double count[10] = {0}, expected[10];
    for (int i = 0; i < 1000000; i++)
        count[ust_rng_below(&rng, 10)]++;
    for (int i = 0; i < 10; i++)
        expected[i] = 100000;
    law_check_counts("below 10", count, expected, 10);
    assert_int_equal(ust_rng_below(&rng, 1), 0);
}

/* ---- named streams ---- */

static void streams_depend_on_seed_replication_and_name(void **state)
{
    (void)state;
    struct ust_rng rng[] = {
        ust_rng_derive(1, 0, "a"), ust_rng_derive(2, 0, "a"),  ust_rng_derive(1, 1, "a"),
        ust_rng_derive(1, 0, "b"), ust_rng_derive(1, 0, "a/"), ust_rng_derive(1, 0, ""),
        ust_rng_derive(0, 0, ""),  ust_rng_derive(0, 1, ""),   ust_rng_derive(1, 0, "aa"),
    };
    struct ust_rng again = ust_rng_derive(1, 0, "a");
    assert_true(again.state == rng[0].state);
    assert_true(again.increment == rng[0].increment);
    for (size_t i = 0; i < sizeof rng / sizeof rng[0]; i++) {
        assert_int_equal((uint64_t)rng[i].increment & 1, 1);
        for (size_t j = 0; j < i; j++) {
            assert_true(rng[i].state != rng[j].state);
            assert_true(rng[i].increment != rng[j].increment);
        }
    }
}

/* Stored fingerprints stand on this: a change here changes every result. */
static void a_name_means_the_same_stream_for_ever(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(42, 3, "region/eu/pool/web/service");
    assert_int_equal(ust_rng_u64(&rng), 0x5580f11e31266e13);
    assert_int_equal(ust_rng_u64(&rng), 0x78cfe7243a070afc);
    rng = ust_rng_derive(0, 0, "");
    assert_int_equal(ust_rng_u64(&rng), 0x3ee9b0490506ee8c);
}

static struct ust_rng numbered(int i)
{
    char name[64];
    snprintf(name, sizeof name, "region/r%d/pool/web/instance/%d", i % 7, i);
    return ust_rng_derive(9, 0, name);
}

/* One flipped bit anywhere (in seed, replication or name) flips half of state and increment. */
static void similar_names_give_unrelated_streams(void **state)
{
    (void)state;
    double flipped = 0;
    int pairs = 0;
    for (unsigned bit = 0; bit < 64 + 32 + 8 * 8; bit++) {
        char a[] = "ABCDEFGH", b[] = "ABCDEFGH";
        uint64_t seed = 77;
        uint32_t replication = 5;
        if (bit < 64)
            seed ^= (uint64_t)1 << bit;
        else if (bit < 96)
            replication ^= (uint32_t)1 << (bit - 64);
        else if ((bit - 96) % 8 < 7) /* stays a character, and not the end */
            b[(bit - 96) / 8] = (char)(b[(bit - 96) / 8] ^ (1 << (bit - 96) % 8));
        else
            continue;
        if (strlen(b) != strlen(a))
            continue;
        struct ust_rng x = ust_rng_derive(77, 5, a), y = ust_rng_derive(seed, replication, b);
        ust_u128 state_bits = x.state ^ y.state, increment_bits = x.increment ^ y.increment;
        flipped += __builtin_popcountll((uint64_t)state_bits);
        flipped += __builtin_popcountll((uint64_t)(state_bits >> 64));
        flipped += __builtin_popcountll((uint64_t)increment_bits);
        flipped += __builtin_popcountll((uint64_t)(increment_bits >> 64));
        pairs++;
    }
    /* 255 fair coins each (the last bit of an increment is always 1) */
    law_check_mean("flipped bits", flipped / pairs, 127.5, sqrt(255) / 2, (size_t)pairs);
}

/* Draws of two streams at the same step, for many pairs of streams. */
static void streams_of_different_names_are_uncorrelated(void **state)
{
    (void)state;
    enum { STREAMS = 200, DRAWS = 2000 };
    static double sample[STREAMS * (STREAMS - 1) / 2];
    static double draw[STREAMS][DRAWS];
    for (int i = 0; i < STREAMS; i++) {
        struct ust_rng rng = numbered(i);
        for (int k = 0; k < DRAWS; k++)
            draw[i][k] = (ust_rng_unit(&rng) - 0.5) * sqrt(12);
    }
    size_t n = 0;
    double square = 0;
    for (int i = 0; i < STREAMS; i++)
        for (int j = 0; j < i; j++) {
            double sum = 0;
            for (int k = 0; k < DRAWS; k++)
                sum += draw[i][k] * draw[j][k];
            sample[n] = sum / sqrt(DRAWS); /* a standard normal, nearly */
            square += sample[n] * sample[n];
            n++;
        }
    for (size_t i = 0; i < n; i++)
        if (!(fabs(sample[i]) < 6)) /* 20,000 pairs: even 5 should not happen once in 80 */
            fail_msg("two streams correlate: z = %.2f", sample[i]);
    law_check_mean("squared correlations", square / (double)n, 1, sqrt(2), n);
}

/* A simulation reads many streams in turn: what it sees must look like one good stream. */
static void many_streams_read_in_turn_are_uniform_in_three_dimensions(void **state)
{
    (void)state;
    enum { STREAMS = 4096, SIDE = 16, ROUNDS = 300 };
    static struct ust_rng rng[STREAMS];
    static double count[SIDE * SIDE * SIDE], low[SIDE * SIDE * SIDE],
        expected[SIDE * SIDE * SIDE];
    for (int i = 0; i < STREAMS; i++)
        rng[i] = numbered(i);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i + 2 < STREAMS; i += 3) {
            uint64_t a = ust_rng_u64(&rng[i]), b = ust_rng_u64(&rng[i + 1]),
                     c = ust_rng_u64(&rng[i + 2]);
            count[(a >> 60) * SIDE * SIDE + (b >> 60) * SIDE + (c >> 60)]++;
            low[(a & 15) * SIDE * SIDE + (b & 15) * SIDE + (c & 15)]++;
        }
    for (int i = 0; i < SIDE * SIDE * SIDE; i++)
        expected[i] = (double)ROUNDS * (STREAMS / 3) / (SIDE * SIDE * SIDE);
    law_check_counts("upper bits of triples", count, expected, SIDE * SIDE * SIDE);
    law_check_counts("lower bits of triples", low, expected, SIDE * SIDE * SIDE);
}

/* The very first words matter most: many streams are read only a few times. */
static void first_words_of_many_streams_are_uniform_bit_by_bit(void **state)
{
    (void)state;
    enum { STREAMS = 100000 };
    double ones[64] = {0};
    static double first[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        struct ust_rng rng = numbered(i);
        uint64_t word = ust_rng_u64(&rng);
        first[i] = (double)(word >> 11) * 0x1p-53;
        for (int bit = 0; bit < 64; bit++)
            ones[bit] += word >> bit & 1;
    }
    for (int bit = 0; bit < 64; bit++)
        if (!(fabs(ones[bit] - STREAMS / 2.0) < 5 * sqrt(STREAMS) / 2))
            fail_msg("bit %d is 1 in %g of %d first words", bit, ones[bit], STREAMS);
    double sum = 0;
    for (int i = 0; i < STREAMS; i++)
        sum += first[i];
    law_check_mean("first words", sum / STREAMS, 0.5, sqrt(1.0 / 12), STREAMS);
    qsort(first, STREAMS, sizeof first[0], law_order);
    for (int i = 1; i < STREAMS; i++)
        assert_true(first[i] != first[i - 1]);
}

static void successive_words_are_uniform_in_four_dimensions(void **state)
{
    (void)state;
    enum { CELLS = 4096 };
    static double count[CELLS], expected[CELLS];
    struct ust_rng rng = ust_rng_derive(11, 0, "serial");
    for (int i = 0; i < 500000; i++) {
        unsigned cell = 0;
        for (int k = 0; k < 4; k++)
            cell = cell << 3 | (unsigned)(ust_rng_u64(&rng) >> 61);
        count[cell]++;
    }
    for (int i = 0; i < CELLS; i++)
        expected[i] = 500000.0 / CELLS;
    law_check_counts("four words", count, expected, CELLS);
}

/* ---- the GSL view ---- */

static void gsl_view_draws_from_the_stream_it_views(void **state)
{
    (void)state;
    struct ust_rng ours = ust_rng_pcg(42, 54), viewed = ours;
    gsl_rng view = ust_rng_gsl(&viewed);
    assert_int_equal(gsl_rng_get(&view), known_42_54.first[0]);
    ust_rng_u64(&ours);
    for (int i = 0; i < 1000; i++)
        assert_true(gsl_rng_uniform(&view) == ust_rng_unit(&ours));
    assert_true(viewed.state == ours.state);
    assert_string_equal(gsl_rng_name(&view), "pcg64_dxsm");
    assert_int_equal(gsl_rng_max(&view), UINT64_MAX);
    assert_int_equal(gsl_rng_min(&view), 0);
    assert_int_equal(gsl_rng_size(&view), sizeof(struct ust_rng));
}

/* GSL divides the range into equal parts of floor(range / n) words each. */
static void gsl_view_yields_whole_numbers(void **state)
{
    (void)state;
    struct ust_rng viewed = ust_rng_pcg(42, 54);
    gsl_rng view = ust_rng_gsl(&viewed);
    uint64_t part = UINT64_MAX / 1000;
    assert_int_equal(gsl_rng_uniform_int(&view, 1000), known_42_54.first[0] / part);
    assert_int_equal(gsl_rng_uniform_int(&view, 1000), known_42_54.first[1] / part);
    assert_int_equal(gsl_rng_uniform_int(&view, 1000), known_42_54.first[2] / part);
}

static void gsl_samplers_follow_their_law_on_the_view(void **state)
{
    (void)state;
    struct ust_rng viewed = ust_rng_pcg(42, 54), ours = viewed;
    gsl_rng view = ust_rng_gsl(&viewed);
    /* -mean log1p(-u), by the definition of gsl_ran_exponential */
    for (int i = 0; i < 1000; i++)
        assert_true(fabs(gsl_ran_exponential(&view, 2) + 2 * log1p(-ust_rng_unit(&ours))) <
                    1e-14);
    double sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += gsl_ran_gaussian(&view, 1);
    law_check_mean("gaussian", sum / 100000, 0, 1, 100000);
}

static void gsl_can_allocate_and_seed_a_generator_of_its_own(void **state)
{
    (void)state;
    gsl_rng *a = gsl_rng_alloc(&ust_rng_gsl_type), *b = gsl_rng_alloc(&ust_rng_gsl_type);
    gsl_rng_set(a, 0);
    gsl_rng_set(b, 1);
    unsigned long first = gsl_rng_get(a);
    assert_int_not_equal(first, gsl_rng_get(b));
    gsl_rng_set(b, 0);
    assert_int_equal(first, gsl_rng_get(b));
    gsl_rng_free(a);
    gsl_rng_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_reference_for_seed_42_stream_54),
        cmocka_unit_test(words_are_those_of_the_reference_for_seed_1_stream_1),
        cmocka_unit_test(words_are_those_of_the_reference_for_a_seed_of_128_bits),
        cmocka_unit_test(words_are_those_of_the_reference_for_seed_0_stream_0),
        cmocka_unit_test(advancing_by_nothing_changes_nothing),
        cmocka_unit_test(words_are_those_of_numpy_for_a_named_stream),
        cmocka_unit_test(unit_takes_the_upper_53_bits),
        cmocka_unit_test(smallest_and_largest_words_give_the_ends_of_the_intervals),
        cmocka_unit_test(below_is_uniform_on_its_range),
        cmocka_unit_test(streams_depend_on_seed_replication_and_name),
        cmocka_unit_test(a_name_means_the_same_stream_for_ever),
        cmocka_unit_test(similar_names_give_unrelated_streams),
        cmocka_unit_test(streams_of_different_names_are_uncorrelated),
        cmocka_unit_test(many_streams_read_in_turn_are_uniform_in_three_dimensions),
        cmocka_unit_test(first_words_of_many_streams_are_uniform_bit_by_bit),
        cmocka_unit_test(successive_words_are_uniform_in_four_dimensions),
        cmocka_unit_test(gsl_view_draws_from_the_stream_it_views),
        cmocka_unit_test(gsl_view_yields_whole_numbers),
        cmocka_unit_test(gsl_samplers_follow_their_law_on_the_view),
        cmocka_unit_test(gsl_can_allocate_and_seed_a_generator_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

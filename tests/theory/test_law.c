/* The closed forms themselves, against values computed elsewhere to 18 digits (50-digit
 * arithmetic, cross-checked with octave's queueing package), so that a wrong reference cannot
 * prove a wrong simulator. */
#include "tests/theory/help.h"
#include "tests/theory/law.h"

static void erlang_formulas_give_the_published_digits(void **state)
{
    (void)state;
    theory_near(law_erlang_b(5, 3), 0.110054347826086957, 1e-14, "B(5, 3)");
    theory_near(law_erlang_b(1000, 1000), 0.0248119176461604079, 1e-12, "B(1000, 1000)");
    theory_near(law_erlang_c(2, 1.5), 0.642857142857142857, 1e-14, "C(2, 1.5)");
    theory_near(law_erlang_c(100, 95), 0.506456853913020591, 1e-13, "C(100, 95)");
    theory_near(law_erlang_c(1000, 980), 0.41220029236528148, 1e-12, "C(1000, 980)");
    theory_near(law_wait(20, 18), 0.27538450240805879, 1e-13, "wait of M/M/20");
    theory_near(law_sojourn_quantile(2, 1.5, 0.99), 9.70950344178697982, 1e-12, "p99 of M/M/2");
    theory_near(law_sojourn_quantile(5, 4, 0.95), 4.19746257838696051, 1e-12, "p95 of M/M/5");
    theory_near(law_sojourn_quantile(100, 95, 0.5), 0.807915897374043631, 1e-12,
                "median of M/M/100");
    theory_near(law_pk(0.8, 4), 10, 1e-14, "Pollaczek-Khinchine");
    theory_near(law_choices(0.9, 2), 2.614057377323876, 1e-13, "two choices");
    theory_near(law_choices(0.7, 3), 1.35684219674468, 1e-13, "three choices");
}

static void chains_in_steady_state_give_the_published_digits(void **state)
{
    (void)state;
    double p[LAW_STATES];
    struct law_chain chain = {.lambda = 6, .c = 5, .places = 15, .states = 21};
    law_steady(&chain, p);
    struct law_moments m = law_moments(&chain, p);
    theory_near(m.lost, 0.17269189190419072, 1e-13, "M/M/5/20 lost");
    theory_near(m.mean, 15.6616216229721389, 1e-13, "M/M/5/20 L");
    chain =
        (struct law_chain){.lambda = 12, .theta = 0.5, .c = 10, .places = 900, .states = 900};
    law_steady(&chain, p);
    m = law_moments(&chain, p);
    theory_near(m.waiting, 4.69574265625735578, 1e-12, "Erlang A Lq");
    theory_near(m.wait_share, 0.850384947914752279, 1e-12, "Erlang A P(wait)");
}

static void chains_move_as_published(void **state)
{
    (void)state;
    double p[LAW_STATES];
    struct law_chain chain = {.lambda = 18, .c = 20, .places = 2000, .states = 600};
    law_steady(&chain, p);
    theory_near(law_moments(&chain, p).sd, 9.875437999414931, 1e-10, "sd before");
    chain.c = 10;
    law_run(&chain, p, 5);
    theory_near(law_moments(&chain, p).mean, 62.9733888852931, 1e-9, "5 after the loss");
    theory_near(law_moments(&chain, p).sd, 15.3885315174, 1e-9, "its sd");
    chain.c = 20;
    law_run(&chain, p, 15);
    theory_near(law_moments(&chain, p).mean, 38.5969867880941, 1e-9, "15 after the recovery");

    chain =
        (struct law_chain){.lambda = 90, .theta = 0.5, .c = 100, .places = 2000, .states = 400};
    law_steady(&chain, p);
    chain.c = 50;
    law_run(&chain, p, 4);
    theory_near(law_moments(&chain, p).mean, 124.65584630071, 1e-9, "with abandonment");
    theory_near(law_moments(&chain, p).sd, 13.1880139574, 1e-9, "its sd");

    chain = (struct law_chain){.lambda = 0.8, .c = 1, .places = 2000, .states = 400};
    memset(p, 0, sizeof p);
    p[0] = 1;
    law_run(&chain, p, 20);
    theory_near(p[0], 0.244852397859408, 1e-9, "M/M/1 from empty, p0(20)");
}

static void chains_with_a_buffer_move_as_published(void **state)
{
    (void)state;
    double p[LAW_STATES];
    struct law_chain chain = {.lambda = 45, .c = 60, .places = 60, .states = 121};
    law_steady(&chain, p);
    chain.c = 30;
    chain.places = 90;
    law_run(&chain, p, 3);
    theory_near(law_moments(&chain, p).mean, 89.7959321219727, 1e-9, "3 after the loss");
    chain.c = 60;
    chain.places = 60;
    law_run(&chain, p, 3);
    theory_near(law_moments(&chain, p).mean, 55.21485789177, 1e-9, "3 after the recovery");
    theory_near(law_moments(&chain, p).sd, 13.6477236144, 1e-9, "its sd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erlang_formulas_give_the_published_digits),
        cmocka_unit_test(chains_in_steady_state_give_the_published_digits),
        cmocka_unit_test(chains_move_as_published),
        cmocka_unit_test(chains_with_a_buffer_move_as_published),
    };
    return THEORY_MAIN(tests);
}

/* What a run remembers of its scenario: the question, and all that was in force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "models/world/scenario.h"

/* ---- the question ---- */

static void asks(const char *file, const char *question)
{
    struct ust_arena *arena = ust_arena_new();
    const char *found = ust_scenario_question(arena, file);
    if (question == NULL)
        assert_null(found);
    else
        assert_string_equal(found != NULL ? found : "(none)", question);
    ust_arena_free(arena);
}

static void the_question_is_the_sentence_behind_its_mark(void **state)
{
    (void)state;
    asks("# Question: does it hold?\nunderstudy: 1\n", "does it hold?");
    asks("# yaml-language-server: x\n# Question:  does it hold? \n#\n# Facts.\n",
         "does it hold?");
    asks("# Question: does it hold?\r\n# It may.\r\nname: x\r\n", "does it hold?");
    asks("# Question: does it hold", "does it hold");
}

static void a_question_may_go_on_in_the_next_lines(void **state)
{
    (void)state;
    asks("# Question: a region is slow;\n#   who notices? Nobody.\n#\n# More?\n",
         "a region is slow; who notices?");
    asks("#Question: no mark\n# Question: what\n# is a.b?c worth?\n", "what is a.b?c worth?");
    asks("# Question:\n# does it hold?\nname: x\n", "does it hold?");
}

static void a_file_that_asks_nothing_has_no_question(void **state)
{
    (void)state;
    asks("", NULL);
    asks(NULL, NULL);
    asks("name: x\n# Question: too late?\n", NULL);
    asks("\n# Question: not the first line?\n", NULL);
    asks("# Question:\n", NULL);
    asks("# Question:\n#\n# Facts?\n", NULL);
    asks("#", NULL);
}

/* ---- the effective scenario ---- */

static const char base[] =
    "understudy: 1\n"
    "name: t\n"
    "duration: 1 h\n"
    "personas:\n"
    "  - {name: shopper, actions: {browse: {work: 10 ms}}}\n"
    "regions: {here: {zones: 2}}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: small, tuning: {slots: 4}}\n"
    "    pools: {here: 2}\n"
    "traffic:\n"
    "  - {persona: shopper, arrivals: {kind: poisson, rate: 20 req/s}}\n";

struct world {
    struct ust_spec spec;
    struct ust_scenario *scenario;
};

static void world_open(struct world *world, const char *text)
{
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root = ust_spec_read_text(&world->spec, "t.yaml", text, strlen(text));
    assert_non_null(root);
    world->scenario = ust_scenario_decode(&world->spec, "t.yaml", root);
    if (world->scenario == NULL)
        ust_diag_print(world->spec.diag, stderr, NULL);
    assert_non_null(world->scenario);
}

static void world_close(struct world *world)
{
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
}

static void defaults_of_the_scenario_and_its_machines_stand_in_it(void **state)
{
    (void)state;
    struct world world;
    struct ust_text text = {0}, persona = {0};
    world_open(&world, base);
    ust_scenario_effective(world.scenario, &text);
    const char *all = ust_text_string(&text);
    assert_non_null(strstr(all, "ready_p: 95 %"));
    assert_non_null(strstr(all, "seed: 1"));
    assert_non_null(strstr(all, "slots: 4"));
    assert_non_null(strstr(all, "discipline: fcfs")); /* of the machine, a default */
    ust_persona_effective(world.scenario->users[0], world.scenario->path, &persona);
    assert_non_null(strstr(ust_text_string(&persona), "weight: 1"));
    ust_text_free(&text);
    ust_text_free(&persona);
    world_close(&world);
}

static void the_effective_scenario_means_itself(void **state)
{
    (void)state;
    struct world world, again;
    struct ust_text text = {0}, twice = {0};
    world_open(&world, base);
    world.scenario->question = "does it hold?";
    ust_scenario_effective(world.scenario, &text);
    assert_memory_equal(text.data, "# Question: does it hold?\nunderstudy: 1\n", 40);
    world_open(&again, ust_text_string(&text));
    again.scenario->question = world.scenario->question;
    ust_scenario_effective(again.scenario, &twice);
    assert_string_equal(ust_text_string(&text), ust_text_string(&twice));
    ust_text_free(&text);
    ust_text_free(&twice);
    world_close(&world);
    world_close(&again);
}

static void remembering_leaves_the_scenario_as_it_was(void **state)
{
    (void)state;
    struct world world;
    struct ust_text before = {0}, after = {0}, effective = {0};
    world_open(&world, base);
    ust_spec_write(world.scenario->root, false, &before);
    ust_scenario_effective(world.scenario, &effective);
    ust_spec_write(world.scenario->root, false, &after);
    assert_string_equal(ust_text_string(&before), ust_text_string(&after));
    assert_string_not_equal(ust_text_string(&before), ust_text_string(&effective));
    ust_text_free(&before);
    ust_text_free(&after);
    ust_text_free(&effective);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_question_is_the_sentence_behind_its_mark),
        cmocka_unit_test(a_question_may_go_on_in_the_next_lines),
        cmocka_unit_test(a_file_that_asks_nothing_has_no_question),
        cmocka_unit_test(defaults_of_the_scenario_and_its_machines_stand_in_it),
        cmocka_unit_test(the_effective_scenario_means_itself),
        cmocka_unit_test(remembering_leaves_the_scenario_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The HorizontalPodAutoscaler along the courses that Kubernetes publishes: the stories of the
 * enhancement that introduced behaviour (KEP-853, "Configurable scale up/down velocity for
 * HPA") and the examples of the documentation ("Horizontal Pod Autoscaling", its section
 * "Configurable scaling behavior", and the walkthrough). */
#include "tests/unit/hpa_behavior.h"

#include "sim/base/limits.h"

struct course {
    struct part part;
    ust_time every;
};

static void course_begin(struct course *course, const char *text, int64_t pods, int every_s)
{
    part_begin(&course->part, text, pods);
    course->part.hpa.view.max = UST_INSTANCES_MAX;
    course->every = every_s * UST_S;
}

/* The next turn of the controller, which wants so many. */
static int64_t turn(struct course *course, int64_t wanted)
{
    struct part *part = &course->part;
    int64_t before = part->hpa.view.desired;
    int64_t after = behave(part, wanted);
    ust_hpa_remember(part->state, part->hpa.view.now, before, after);
    part->hpa.view.desired = after;
    part->hpa.view.now += course->every;
    return after;
}

/* Story 1: "1 -> 10 -> 100 -> 1000", a step a minute. */
static void story_1_scales_up_as_fast_as_possible(void **unused)
{
    (void)unused;
    struct course course;
    course_begin(&course, HPA(UP(PERCENT(900, 60))), 1, 60);
    assert_int_equal(turn(&course, 5000), 10);
    assert_int_equal(turn(&course, 5000), 100);
    assert_int_equal(turn(&course, 5000), 1000);
    hpa_end(&course.part.hpa);
}

/* Story 2: one pod less every ten minutes. */
static void story_2_scales_down_very_gradually(void **unused)
{
    (void)unused;
    struct course course;
    course_begin(&course, HPA(UP(PERCENT(900, 60)) ", " DOWN(PODS(1, 600))), 1000, 60);
    assert_int_equal(turn(&course, 1), 999);
    for (int minute = 1; minute < 10; minute++)
        assert_int_equal(turn(&course, 1), 999);
    assert_int_equal(turn(&course, 1), 998);
    hpa_end(&course.part.hpa);
}

/* Story 3: "1 -> 2 -> 3 -> 4", a pod in five minutes; scale down as usual. */
static void story_3_scales_up_very_gradually(void **unused)
{
    (void)unused;
    struct course course;
    course_begin(&course, HPA(AT_ONCE ", " UP(PODS(1, 300))), 1, 300);
    for (int pods = 2; pods <= 4; pods++)
        assert_int_equal(turn(&course, 100), pods);
    assert_int_equal(turn(&course, 1), 1);
    hpa_end(&course.part.hpa);
}

static void story_4_does_not_scale_down(void **unused)
{
    (void)unused;
    struct course course;
    course_begin(&course, HPA("scale_down: {select_policy: disabled}"), 10, 60);
    for (int minute = 0; minute < 20; minute++)
        assert_int_equal(turn(&course, 1), 10);
    assert_int_equal(turn(&course, 15), 15);
    hpa_end(&course.part.hpa);
}

/* Story 5: the largest of ten minutes; [10, 9, 8, 9, 9, 8, 9, 8, 9], then 8: still 10; at the
 * eleventh, 7, the first has gone: 9. */
static void story_5_holds_the_largest_of_ten_minutes(void **unused)
{
    (void)unused;
    static const int said[] = {10, 9, 8, 9, 9, 8, 9, 8, 9, 8};
    struct course course;
    course_begin(&course,
                 HPA("scale_down: {stabilization_window: 600 s, policies: [" PODS(5, 60) "]}"),
                 10, 60);
    for (int minute = 0; minute < 10; minute++)
        assert_int_equal(turn(&course, said[minute]), 10);
    assert_int_equal(turn(&course, 7), 9);
    hpa_end(&course.part.hpa);
}

/* Story 6: the smallest of five minutes; of [2, 3, 19, 10, 3, 4, 7] without its 2 that is 3. By
 * the rule of story 5 a window of five minutes holds five of them, so that the 2 is forgotten
 * with the sixth; the page keeps six. */
static void story_6_ignores_short_spikes(void **unused)
{
    (void)unused;
    static const int said[] = {2, 3, 19, 10, 3};
    struct course course;
    course_begin(&course,
                 HPA("scale_up: {stabilization_window: 300 s, policies: [" PODS(
                     20, 60) "]}, "
                             "scale_down: {stabilization_window: 300 s}"),
                 2, 60);
    for (int minute = 0; minute < 5; minute++)
        assert_int_equal(turn(&course, said[minute]), 2);
    assert_int_equal(turn(&course, 4), 3);
    assert_int_equal(turn(&course, 7), 3);
    hpa_end(&course.part.hpa);
}

/* "if there are 80 replicas and the target has to be scaled down to 10 replicas then during the
 * first step 8 replicas will be reduced ... 72, 10% of the pods is 7.2 but the number is
 * rounded up to 8 ... below 40 the first policy (Pods) is applied and 4 replicas will be
 * reduced" */
static void eighty_replicas_go_down_to_ten_as_the_page_tells(void **unused)
{
    (void)unused;
    static const int64_t pods[] = {72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10, 10};
    struct course course;
    course_begin(&course, HPA(DOWN(PODS(4, 60) ", " PERCENT(10, 60))), 80, 60);
    for (size_t i = 0; i < sizeof pods / sizeof *pods; i++)
        assert_int_equal(turn(&course, 10), pods[i]);
    hpa_end(&course.part.hpa);
}

/* "To ensure that no more than 5 Pods are removed per minute": 10 % or 5, the smaller. */
static void no_more_than_five_pods_and_a_tenth_go_a_minute(void **unused)
{
    (void)unused;
    struct course course;
    course_begin(&course,
                 HPA("scale_down: {stabilization_window: 0 s, select_policy: min, policies: "
                     "[" PERCENT(10, 60) ", " PODS(5, 60) "]}"),
                 80, 60);
    assert_int_equal(turn(&course, 10), 75);
    assert_int_equal(turn(&course, 10), 70);
    course.part.hpa.view.desired = 30;
    course.part.hpa.view.now += UST_HOUR;
    assert_int_equal(turn(&course, 10), 27);
    hpa_end(&course.part.hpa);
}

/* "if the current metric value is 200m, and the desired value is 100m, the number of replicas
 * will be doubled ... If the current value is instead 50m, you'll halve the number" */
static void twice_the_target_doubles_and_half_of_it_halves(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, RATE("0.1"), 4);
    levels(&hpa, 4, (double[]){0.2, 0.2, 0.2, 0.2});
    assert_int_equal(alone(&hpa), 8);
    hpa_begin(&hpa, RATE("0.1"), 4);
    levels(&hpa, 4, (double[]){0.05, 0.05, 0.05, 0.05});
    assert_int_equal(alone(&hpa), 2);
}

/* HorizontalPodAutoscaler Walkthrough: one pod at 305 % against 50 %: "resized to 7 replicas".
 * With today's default behavior 4 of the 6 come first. */
static void the_walkthrough_ends_at_seven_replicas(void **unused)
{
    (void)unused;
    struct hpa hpa;
    hpa_begin(&hpa, CPU("50 %"), 1);
    levels(&hpa, 1, (double[]){3.05});
    assert_int_equal(alone(&hpa), 7);
    hpa_begin(&hpa, "{kind: k8s_hpa, target: 50 %}", 1);
    levels(&hpa, 1, (double[]){3.05});
    assert_int_equal(sync(&hpa).desired, 5);
    hpa_end(&hpa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(story_1_scales_up_as_fast_as_possible),
        cmocka_unit_test(story_2_scales_down_very_gradually),
        cmocka_unit_test(story_3_scales_up_very_gradually),
        cmocka_unit_test(story_4_does_not_scale_down),
        cmocka_unit_test(story_5_holds_the_largest_of_ten_minutes),
        cmocka_unit_test(story_6_ignores_short_spikes),
        cmocka_unit_test(eighty_replicas_go_down_to_ten_as_the_page_tells),
        cmocka_unit_test(no_more_than_five_pods_and_a_tenth_go_a_minute),
        cmocka_unit_test(twice_the_target_doubles_and_half_of_it_halves),
        cmocka_unit_test(the_walkthrough_ends_at_seven_replicas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

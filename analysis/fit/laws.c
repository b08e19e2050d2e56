/* Maximum likelihood of each law, for values as they are.
 *
 * Exponential, lognormal, Pareto, uniform and geometric in closed form; the shape of gamma by
 * Minka's iteration (2002), of Weibull by Newton's; Erlang takes the better of the whole shapes
 * beside gamma's; two exponentials by expectation and maximisation. */
#include <math.h>
#include <string.h>

#include <gsl/gsl_sf_psi.h>

#include "analysis/fit/internal.h"

#define ITERATIONS 200
/* Groups of equal numbers by which the mixture is found before all values refine it. */
#define GROUPS  400
#define REFINES 10

static const struct ust_dist_type *type_of(enum ust_fit_law law)
{
    static const struct ust_dist_type *const types[UST_FIT_LAWS] = {
        [UST_FIT_EXPONENTIAL] = &ust_dist_kind_exponential,
        [UST_FIT_GEOMETRIC] = &ust_dist_kind_geometric,
        [UST_FIT_UNIFORM] = &ust_dist_kind_uniform,
        [UST_FIT_ERLANG] = &ust_dist_kind_erlang,
        [UST_FIT_LOGNORMAL] = &ust_dist_kind_lognormal,
        [UST_FIT_GAMMA] = &ust_dist_kind_gamma,
        [UST_FIT_WEIBULL] = &ust_dist_kind_weibull,
        [UST_FIT_PARETO] = &ust_dist_kind_pareto,
        [UST_FIT_HYPEREXPONENTIAL] = &ust_dist_kind_hyperexponential,
    };
    return types[law];
}

uint32_t ust_fit_parameters(enum ust_fit_law law)
{
    static const uint32_t parameters[UST_FIT_LAWS] = {
        [UST_FIT_EXPONENTIAL] = 1, [UST_FIT_GEOMETRIC] = 1, [UST_FIT_UNIFORM] = 2,
        [UST_FIT_ERLANG] = 2,      [UST_FIT_LOGNORMAL] = 2, [UST_FIT_GAMMA] = 2,
        [UST_FIT_WEIBULL] = 2,     [UST_FIT_PARETO] = 2,    [UST_FIT_HYPEREXPONENTIAL] = 3,
    };
    return parameters[law];
}

/* Within the ranges that the language allows. */
bool ust_fit_make(enum ust_fit_law law, const double *arg, struct ust_dist *out)
{
    const struct ust_dist_type *type = type_of(law);
    memset(out, 0, sizeof *out);
    out->type = type;
    for (uint32_t i = 0; i < UST_DIST_ARGS_MAX; i++)
        out->arg[i] = UST_DIST_ABSENT;
    for (uint32_t i = 0; i < UST_DIST_ARGS_MAX && type->args[i].name != NULL; i++) {
        out->arg[i] = arg[i];
        if (isnan(arg[i]))
            continue;
        const struct ust_dist_arg *rule = &type->args[i];
        if (!isfinite(arg[i]) || (rule->low_open && !(arg[i] > rule->low)))
            return false;
        if ((rule->low != 0 || rule->high != 0) && (arg[i] < rule->low || arg[i] > rule->high))
            return false;
    }
    return type->prepare == NULL || type->prepare(out) == NULL;
}

/* ---- the values ---- */

static double weight(const struct ust_fit_data *data, size_t i)
{
    return data->count != NULL ? data->count[i] : 1.0;
}

/* ---- shapes ---- */

/* log k - digamma(k) = log mean - mean log. */
static double gamma_shape(const struct ust_fit_data *data)
{
    double s = log(data->mean) - data->log_mean;
    if (!(s > 1e-12))
        return (double)NAN;
    double k = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
    for (int i = 0; i < ITERATIONS; i++) {
        double gap = log(k) - gsl_sf_psi(k) - s;
        double inverse = 1 / k + gap / (k * k * (1 / k - gsl_sf_psi_1(k)));
        double next = inverse > 0 ? 1 / inverse : k * 2;
        bool there = fabs(next - k) < 1e-12 * k;
        k = next;
        if (there)
            break;
    }
    return k;
}

/* Sum of x^c log x over sum of x^c, less 1 / c and the mean logarithm, is 0 at the shape c; its
 * slope is positive. Powers of x over its maximum, so that none overflows. */
static double weibull_shape(const struct ust_fit_data *data)
{
    double top = log(data->high);
    double spread = sqrt(data->variance) / data->mean;
    double c = spread > 0 ? pow(spread, -1.086) : 1; /* Justus and others 1978 */
    for (int i = 0; i < ITERATIONS; i++) {
        double s0 = 0, s1 = 0, s2 = 0;
        for (size_t j = 0; j < data->cells; j++) {
            double lx = log(data->x[j]) - top, power = weight(data, j) * exp(c * lx);
            s0 += power;
            s1 += power * lx;
            s2 += power * lx * lx;
        }
        double value = s1 / s0 - 1 / c - (data->log_mean - top);
        double slope = s2 / s0 - s1 / s0 * (s1 / s0) + 1 / (c * c);
        double next = c - value / slope;
        next = next > c / 3 ? next : c / 3;
        bool there = fabs(next - c) < 1e-12 * c;
        c = next;
        if (there)
            break;
    }
    return c;
}

static double weibull_scale(const struct ust_fit_data *data, double shape)
{
    double top = log(data->high), sum = 0;
    for (size_t j = 0; j < data->cells; j++)
        sum += weight(data, j) * exp(shape * (log(data->x[j]) - top));
    return exp(top + log(sum / (double)data->n) / shape);
}

/* ---- two exponentials ---- */

struct phases {
    double p, a, b; /* share and mean of the short ones, mean of the long ones */
};

static void step_phases(const double *x, const double *count, size_t n, struct phases *it)
{
    double all = 0, near = 0, near_x = 0, far_x = 0;
    for (size_t i = 0; i < n; i++) {
        double w = count != NULL ? count[i] : 1.0;
        double one = it->p / it->a * exp(-x[i] / it->a);
        double two = (1 - it->p) / it->b * exp(-x[i] / it->b);
        double share = one + two > 0 ? one / (one + two) : 0;
        all += w;
        near += w * share;
        near_x += w * share * x[i];
        far_x += w * (1 - share) * x[i];
    }
    if (near > 0 && all - near > 0)
        *it = (struct phases){near / all, near_x / near, far_x / (all - near)};
}

/* Means of equal parts: the way there needs no more than these. */
static size_t group(const struct ust_fit_data *data, double *x, double *count)
{
    double each = (double)data->n / GROUPS, done = 0, sum = 0, in = 0;
    size_t n = 0;
    for (size_t i = 0; i < data->cells; i++) {
        double w = weight(data, i);
        sum += w * data->x[i];
        in += w;
        done += w;
        if (done < each * (double)(n + 1) - 1e-9 && i + 1 < data->cells)
            continue;
        if (!(in > 0))
            break; /* what follows was only cut off */
        x[n] = sum / in;
        count[n++] = in;
        sum = in = 0;
        if (n == GROUPS)
            break;
    }
    return n;
}

static bool hyperexponential(const struct ust_fit_data *data, double *arg)
{
    double x[GROUPS], count[GROUPS];
    if (!(data->variance > data->mean * data->mean))
        return false; /* nothing but one exponential */
    double square = data->variance / (data->mean * data->mean);
    double p = 0.5 * (1 + sqrt((square - 1) / (square + 1)));
    struct phases it = {p, data->mean / (2 * p), data->mean / (2 * (1 - p))};
    size_t n = group(data, x, count);
    for (int i = 0; i < ITERATIONS; i++)
        step_phases(x, count, n, &it);
    for (int i = 0; i < REFINES; i++)
        step_phases(data->x, data->count, data->cells, &it);
    if (!(it.a > 0 && it.b > it.a * 1.01 && it.p > 1e-6 && it.p < 1 - 1e-6))
        return false;
    double mean = it.p * it.a + (1 - it.p) * it.b;
    double between = it.p * (1 - it.p) * (it.b - it.a) * (it.b - it.a);
    arg[0] = mean;
    arg[1] = sqrt(1 + 2 * between / (mean * mean));
    arg[2] = it.p;
    return true;
}

/* ---- all of them ---- */

static bool erlang(const struct ust_fit_data *data, struct ust_dist *out)
{
    double k = floor(gamma_shape(data)), best = -HUGE_VAL;
    struct ust_dist trial;
    for (double whole = k > 1 ? k : 2; whole <= k + 1; whole++) {
        const double arg[UST_DIST_ARGS_MAX] = {data->mean, whole};
        if (!ust_fit_make(UST_FIT_ERLANG, arg, &trial))
            continue;
        double likelihood = ust_fit_log_likelihood(UST_FIT_ERLANG, &trial, data);
        if (likelihood > best)
            *out = trial;
        best = likelihood > best ? likelihood : best;
    }
    return isfinite(best);
}

bool ust_fit_exact(enum ust_fit_law law, const struct ust_fit_data *data, struct ust_dist *out)
{
    double arg[UST_DIST_ARGS_MAX] = {UST_DIST_ABSENT, UST_DIST_ABSENT, UST_DIST_ABSENT,
                                     UST_DIST_ABSENT, UST_DIST_ABSENT};
    bool logs = law == UST_FIT_ERLANG || law == UST_FIT_LOGNORMAL || law == UST_FIT_GAMMA ||
                law == UST_FIT_WEIBULL || law == UST_FIT_PARETO;
    if (!(data->mean > 0) || (logs && data->zeros))
        return false;
    double log_variance = 0;
    switch (law) {
    case UST_FIT_EXPONENTIAL:
        arg[0] = data->mean;
        break;
    case UST_FIT_GEOMETRIC:
        if (!(data->low >= 1))
            return false;
        arg[0] = data->mean > 1 + 1e-9 ? data->mean : 1 + 1e-9;
        break;
    case UST_FIT_UNIFORM:
        arg[0] = data->low;
        arg[1] = data->high;
        break;
    case UST_FIT_ERLANG:
        return erlang(data, out);
    case UST_FIT_LOGNORMAL:
        for (size_t i = 0; i < data->cells; i++) {
            double gap = log(data->x[i]) - data->log_mean;
            log_variance += weight(data, i) * gap * gap / (double)data->n;
        }
        arg[2] = exp(data->log_mean);
        arg[3] = sqrt(log_variance);
        break;
    case UST_FIT_GAMMA:
        arg[0] = data->mean;
        arg[2] = gamma_shape(data);
        if (!(arg[2] > 0))
            return false;
        break;
    case UST_FIT_WEIBULL:
        arg[1] = weibull_shape(data);
        arg[2] = weibull_scale(data, arg[1]);
        break;
    case UST_FIT_PARETO:
        if (!(data->log_mean > log(data->low)))
            return false;
        arg[1] = 1 / (data->log_mean - log(data->low));
        arg[2] = data->low;
        break;
    case UST_FIT_HYPEREXPONENTIAL:
        if (!hyperexponential(data, arg))
            return false;
        break;
    case UST_FIT_LAWS:
        return false;
    }
    return ust_fit_make(law, arg, out);
}

double ust_fit_log_density(enum ust_fit_law law, const struct ust_dist *dist, double x)
{
    const double *arg = dist->arg;
    double k, scale, z, cv2, s;
    switch (law) {
    case UST_FIT_EXPONENTIAL:
        return -log(arg[0]) - x / arg[0];
    case UST_FIT_GEOMETRIC:
        return x >= 1 ? -log(arg[0]) + (x - 1) * log1p(-1 / arg[0]) : -HUGE_VAL;
    case UST_FIT_UNIFORM:
        return x >= arg[0] && x <= arg[1] ? -log(arg[1] - arg[0]) : -HUGE_VAL;
    case UST_FIT_ERLANG:
    case UST_FIT_GAMMA:
        k = law == UST_FIT_ERLANG ? arg[1] : arg[2];
        scale = arg[0] / k;
        return (k - 1) * log(x / scale) - x / scale - log(scale) - lgamma(k);
    case UST_FIT_LOGNORMAL:
        z = (log(x) - log(arg[2])) / arg[3];
        return -log(x) - log(arg[3]) - 0.918938533204672742 - z * z / 2; /* log(2 pi) / 2 */
    case UST_FIT_WEIBULL:
        z = log(x / arg[2]);
        return log(arg[1] / arg[2]) + (arg[1] - 1) * z - exp(arg[1] * z);
    case UST_FIT_PARETO:
        return x >= arg[2] * (1 - 1e-12) ? log(arg[1] / arg[2]) - (arg[1] + 1) * log(x / arg[2])
                                         : -HUGE_VAL;
    case UST_FIT_HYPEREXPONENTIAL:
        cv2 = arg[1] * arg[1];
        s = arg[0] * sqrt((cv2 - 1) / 2);
        scale = arg[0] - s * sqrt((1 - arg[2]) / arg[2]);
        k = arg[0] + s * sqrt(arg[2] / (1 - arg[2]));
        return log(arg[2] / scale * exp(-x / scale) + (1 - arg[2]) / k * exp(-x / k));
    case UST_FIT_LAWS:
        break;
    }
    return -HUGE_VAL;
}

/* Elementary functions whose every bit is the same on every processor and compiler.
 *
 * libm may choose another code path where the processor has FMA, and its last bit then differs;
 * one such bit can swap two events. These use only + - * / and sqrt in a fixed order, compiled
 * without contraction, and stay within 1 ulp of the exact value over the stated range (tests
 * hold them against MPFR).
 */
#ifndef UST_BASE_DETMATH_H
#define UST_BASE_DETMATH_H

double ust_log(double x);   /* x > 0, subnormals too; log(0) = -inf, x < 0 is NaN */
double ust_log1p(double x); /* x > -1 */
double ust_exp(double x);   /* overflows to +inf, underflows to 0 */
double ust_expm1(double x);
double ust_pow(double x, double y); /* x >= 0; 1 ulp while the result is normal */
double ust_sqrt(double x);          /* correctly rounded: the hardware's, IEEE 754 fixes it */
double ust_sin(double x);           /* |x| <= 2^20 */
double ust_cos(double x);
double ust_asin(double x); /* -1..1; great circles need it */
double ust_floor(double x);
double ust_ceil(double x);

#endif

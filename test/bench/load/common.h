/* What every part of the load generator uses: the clock, and one way to give up. */
#ifndef PARLEY_LOAD_COMMON_H
#define PARLEY_LOAD_COMMON_H

#include <stddef.h>
#include <stdint.h>

/* Prints "load: …" on standard error and ends the process with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* Monotonic time in nanoseconds. */
uint64_t clock_ns(void);

/* Memory or the end of the process: there is no sensible third way in a benchmark. */
void *need(void *memory);

/* The text itself, or the contents of the file when it begins with "@". */
char *text_or_file(const char *value);

#define SECOND_NS 1000000000ull
#define MICRO_NS 1000ull

#endif

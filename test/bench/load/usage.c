#include "usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

static double seconds_of(unsigned long long ticks) {
  return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double of_process(int pid) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  size_t length = file ? fread(line, 1, sizeof line - 1, file) : 0;
  if (file) fclose(file);
  line[length] = 0;
  /* The name in brackets may hold spaces: count the fields behind it. utime and stime are fields 14 and 15. */
  const char *fields = strrchr(line, ')');
  unsigned long long user, system;
  if (!fields || sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2) {
    fail("the server (process %d) is gone", pid);
  }
  return seconds_of(user + system);
}

static double of_machine(void) {
  FILE *file = fopen("/proc/stat", "r");
  unsigned long long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
  if (file) {
    if (fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu", &user, &nice, &system, &irq, &softirq) != 5) user = 0;
    fclose(file);
  }
  return seconds_of(user + nice + system + irq + softirq);
}

struct usage usage_read(int pid) {
  struct timespec own;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  return (struct usage){
      .at_ns = clock_ns(),
      .server = pid > 0 ? of_process(pid) : 0,
      .own = (double)own.tv_sec + (double)own.tv_nsec / 1e9,
      .machine = of_machine(),
  };
}

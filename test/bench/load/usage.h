/* Who used how much processor time, read at both ends of the measured window. */
#ifndef PARLEY_LOAD_USAGE_H
#define PARLEY_LOAD_USAGE_H

#include <stdint.h>

struct usage {
  uint64_t at_ns;
  /* Seconds of processor time so far: the server's (0 without --pid), this process's, the whole machine's. */
  double server;
  double own;
  double machine;
};

/* `pid` 0: no server to watch. */
struct usage usage_read(int pid);

#endif

/* A load generator for WebSocket rooms: one thread, epoll, this machine only. See options.c for how it is told what to do. */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <unistd.h>

#include "modes.h"

/* Longer than any allowed run: whatever hangs, this process ends. */
#define LONGEST_SECONDS 400

int main(int count, char **values) {
  struct options options = options_parse(count, values);
  alarm(LONGEST_SECONDS);
  /* Wake up when a message is due, not up to 50 µs later. */
  prctl(PR_SET_TIMERSLACK, 1);
  switch (options.mode) {
    case MODE_FANOUT: run_fanout(&options); break;
    case MODE_STORM: run_storm(&options); break;
    case MODE_IDLE: run_idle(&options); break;
  }
  return 0;
}

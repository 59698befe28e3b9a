#include <fcntl.h>
#include <stdio.h>
#include <sys/poll.h>
#include <unistd.h>

#include "common.h"
#include "crowd.h"
#include "modes.h"

/* Nobody needs to hold connections longer: a harness that died must not leave this behind. */
#define MOST_NS (180 * SECOND_NS)

static void ignore(struct client *client, struct marker marker, uint64_t now_ns) {
  (void)client, (void)marker, (void)now_ns;
}

static int input_ended(void) {
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  char byte;
  return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

void run_idle(struct options *options) {
  struct crowd *crowd = crowd_begin(options, ignore);
  double seconds = crowd_gather(crowd);
  printf("{\"mode\":\"idle\",\"held\":%u,\"seconds\":%.3f}\n", options->clients, seconds);
  fflush(stdout);
  uint64_t end = clock_ns() + MOST_NS;
  while (clock_ns() < end && !input_ended()) crowd_serve(crowd, clock_ns() + SECOND_NS / 20);
}

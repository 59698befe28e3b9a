#include <stdio.h>

#include "common.h"
#include "crowd.h"
#include "modes.h"
#include "usage.h"

/* Between rounds the server buries the dead, presence grace included: a storm of leavers would be another test. */
#define PAUSE_NS (SECOND_NS * 3 / 2)

static void ignore(struct client *client, struct marker marker, uint64_t now_ns) {
  (void)client, (void)marker, (void)now_ns;
}

void run_storm(struct options *options) {
  struct crowd *crowd = crowd_begin(options, ignore);
  struct usage before = usage_read(options->pid);
  double seconds = 0;
  printf("{\"mode\":\"storm\",\"clients\":%u,\"connectionsPerSecond\":[", options->clients);
  for (uint32_t round = 0; round < options->rounds; round++) {
    double taken = crowd_gather(crowd);
    seconds += taken;
    printf("%s%.0f", round ? "," : "", (double)options->clients / taken);
    crowd_disperse(crowd);
    if (round + 1 < options->rounds) crowd_serve(crowd, clock_ns() + PAUSE_NS);
  }
  struct usage after = usage_read(options->pid);
  double connections = (double)options->clients * (double)options->rounds;
  printf("],\"generatorCpuPercent\":%.1f,\"serverMicrosecondsPerConnection\":%.1f}\n",
         100 * (after.own - before.own) / seconds, 1e6 * (after.server - before.server) / connections);
}

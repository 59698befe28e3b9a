/* What the generator can do. Each prints one line of JSON on standard output. */
#ifndef PARLEY_LOAD_MODES_H
#define PARLEY_LOAD_MODES_H

#include "options.h"

/* Messages into a room everybody is in: deliveries a second, latencies, loss, processor time. */
void run_fanout(struct options *options);

/* Everybody connects at once, --rounds times: connections a second of each round. */
void run_storm(struct options *options);

/* Everybody connects and stays, answering pings, until standard input ends. */
void run_idle(struct options *options);

#endif

/* All clients of a run and the event loop they share. */
#ifndef PARLEY_LOAD_CROWD_H
#define PARLEY_LOAD_CROWD_H

#include "client.h"
#include "options.h"

struct crowd {
  struct options *options;
  struct client *clients;
  uint32_t opened;
  uint32_t ready;
};

/* Makes room for the clients, and for their sockets. Only one crowd a process. */
struct crowd *crowd_begin(struct options *options, delivered delivered);

/* Opens every client, at most --flight of them unready at a time, and returns when all are ready; gives the seconds it took. */
double crowd_gather(struct crowd *crowd);

/* Serves what there is to serve, waiting until `until_ns` for the first of it. */
void crowd_serve(struct crowd *crowd, uint64_t until_ns);

/* Drops every client. */
void crowd_disperse(struct crowd *crowd);

#endif

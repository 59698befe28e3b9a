/* The command line: what to do, and the groups of clients to do it with. */
#ifndef PARLEY_LOAD_OPTIONS_H
#define PARLEY_LOAD_OPTIONS_H

#include <stdint.h>

#include "template.h"

#define MOST_GROUPS 8
#define MOST_PATTERNS 8

enum mode { MODE_FANOUT, MODE_STORM, MODE_IDLE };

/* Clients that speak one protocol. Everything after --group concerns that group. */
struct group {
  const char *name;
  uint32_t clients;
  uint32_t senders;
  struct template path;
  struct template headers;
  struct template hellos[MOST_PATTERNS];
  int hello_count;
  struct template send;
  /* Text that must have come before a client counts as ready; NULL: the upgrade is enough. */
  const char *ready;
  /* Text that makes a frame without a marker a refusal, which ends the run. */
  const char *refusal;
  char **tokens;
  uint32_t token_count;
  /* Markers received, over the whole run. */
  uint64_t received;
};

struct options {
  enum mode mode;
  uint32_t address; /* host order */
  uint16_t port;
  struct group groups[MOST_GROUPS];
  int group_count;
  uint32_t clients; /* of all groups */
  uint32_t senders;
  double rate;      /* messages a second of all senders; 0: closed loop */
  uint32_t window;  /* messages each sender has outstanding in a closed loop */
  double warm, seconds, drain;
  uint32_t flight;  /* handshakes under way at once */
  uint32_t rounds;  /* storms, one after the other */
  int pid;          /* the server's, 0: not watched */
};

/* Ends the process with a message when something is wrong. */
struct options options_parse(int count, char **values);

#endif

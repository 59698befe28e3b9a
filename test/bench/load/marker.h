/*
 * A marker is how a message is found again in whatever a server makes of it: 21 letters and digits, which neither HTML, JSON nor
 * Markdown changes, holding who sent it, as which of his messages, and when it was due. The nonce tells this run's messages from
 * those of an earlier one that a server may replay.
 */
#ifndef PARLEY_LOAD_MARKER_H
#define PARLEY_LOAD_MARKER_H

#include <stddef.h>
#include <stdint.h>

#define MARKER_SIZE 21

struct marker {
  uint32_t sender;
  /* Microseconds since the start of the run. */
  uint64_t due;
};

/* Chooses this run's nonce. */
void marker_begin(uint64_t seed);

void marker_write(char out[MARKER_SIZE], uint32_t sender, uint32_t sequence, uint64_t due);

/* The first whole marker of this run in [from, end), or NULL. */
const char *marker_find(const char *from, const char *end);

struct marker marker_read(const char text[MARKER_SIZE]);

#endif

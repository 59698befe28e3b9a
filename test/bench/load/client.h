/*
 * One WebSocket client: connects, upgrades, greets, then finds markers in whatever arrives. Frames are never put together in
 * memory: their payload is searched where it was received, so a client costs a few hundred bytes and no copies.
 */
#ifndef PARLEY_LOAD_CLIENT_H
#define PARLEY_LOAD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "marker.h"
#include "options.h"

/* What is kept of a payload that goes on in the next read, so that a marker or ready text across the seam is found. */
#define CARRY 64

enum client_state { CLIENT_CONNECTING, CLIENT_UPGRADING, CLIENT_GREETING, CLIENT_READY, CLIENT_CLOSED };

struct client {
  struct group *group;
  uint32_t index;
  uint32_t sent;
  int fd;
  enum client_state state;
  bool waits_to_write;

  /* The frame being received. */
  uint64_t left;
  unsigned char header[14];
  uint8_t header_size;
  bool in_frame, final, marked;
  uint8_t opcode;
  uint8_t control_size, carry_size;
  char control[125];
  char carry[CARRY];
  char last_marker[MARKER_SIZE];

  char *answer; /* the server's answer to the upgrade, until it is complete */
  size_t answer_size;
  char *out;
  size_t out_size, out_sent, out_room;
};

/* Called for each message that arrives at a client, once however often its text stands in what arrived. */
typedef void (*delivered)(struct client *client, struct marker marker, uint64_t now_ns);

/* Called when a client has become ready. */
typedef void (*became_ready)(struct client *client);

/* Says whom to tell, which epoll instance to use and where the server is. */
void clients_begin(const struct options *options, int epoll, delivered delivered, became_ready ready);

/* Begins to connect. */
void client_open(struct client *client, struct group *group, uint32_t index);

/* Does whatever epoll says there is to do. */
void client_serve(struct client *client, uint32_t events);

/* Queues the client's next message; `client_flush` sends it. */
void client_say(struct client *client, uint64_t due_us);
void client_flush(struct client *client);

/* Cuts the connection without a farewell, so that no port waits for late packets. */
void client_drop(struct client *client);

/* For a message about a client that never became ready. */
const char *client_progress(const struct client *client);

/* Bytes received since the start by all clients. */
extern uint64_t bytes_received;

#endif

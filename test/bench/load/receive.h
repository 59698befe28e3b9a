/* The receiving half of a client, and what it needs from the sending half. */
#ifndef PARLEY_LOAD_RECEIVE_H
#define PARLEY_LOAD_RECEIVE_H

#include "client.h"

void receive_begin(delivered delivered, became_ready ready);

/* Reads once and deals with all that came. */
void client_receive(struct client *client);

/* In client.c: queues the first frames, or any frame. */
void client_greet(struct client *client);
void client_queue_frame(struct client *client, int opcode, const char *payload, size_t size);

#endif

#define _GNU_SOURCE /* memmem */
#include "receive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common.h"
#include "frame.h"

#define MOST_ANSWER 8192

/* Reading much at once is what makes a delivery cheap here. What a client carried over goes directly in front of it. */
static char buffer[CARRY + 256 * 1024];

static delivered tell_delivered;
static became_ready tell_ready;
static char last_greeting[200];
static size_t last_greeting_size;

uint64_t bytes_received;

void receive_begin(delivered delivered, became_ready ready) {
  tell_delivered = delivered;
  tell_ready = ready;
}

/* At most 200 characters of what a server said, without control characters, for an error message. */
static const char *excerpt(const char *from, const char *end) {
  static char text[201];
  size_t size = (size_t)(end - from) < 200 ? (size_t)(end - from) : 200;
  for (size_t i = 0; i < size; i++) text[i] = (unsigned char)from[i] < ' ' ? ' ' : from[i];
  text[size] = 0;
  return text;
}

static void get_ready(struct client *client) {
  client->state = CLIENT_READY;
  tell_ready(client);
}

/* Searches a stretch of a message's payload; `ended` when the message ends with it. */
static void search(struct client *client, char *from, const char *end, bool ended, uint64_t now_ns) {
  from -= client->carry_size;
  memcpy(from, client->carry, client->carry_size);
  const char *ready = client->group->ready;
  const char *refusal = client->group->refusal;
  size_t keep = MARKER_SIZE - 1;

  const char *rest = from, *found;
  while ((found = marker_find(rest, end))) {
    rest = found + MARKER_SIZE;
    client->marked = true;
    /* A message's text may stand in its frame more than once, in an attribute and in the body: one delivery all the same. */
    if (memcmp(found, client->last_marker, MARKER_SIZE) == 0) continue;
    memcpy(client->last_marker, found, MARKER_SIZE);
    tell_delivered(client, marker_read(found), now_ns);
  }
  if (!client->marked && refusal && memmem(from, (size_t)(end - from), refusal, strlen(refusal))) {
    fail("client %u (%s) was refused: %s", client->index, client->group->name, excerpt(from, end));
  }
  if (client->state == CLIENT_GREETING) {
    last_greeting_size = (size_t)(end - from) < sizeof last_greeting ? (size_t)(end - from) : sizeof last_greeting;
    memcpy(last_greeting, from, last_greeting_size);
    if (memmem(from, (size_t)(end - from), ready, strlen(ready))) get_ready(client);
    else keep = CARRY - 1;
  }

  client->carry_size = 0;
  if (ended) return;
  client->carry_size = (uint8_t)((size_t)(end - rest) < keep ? (size_t)(end - rest) : keep);
  memcpy(client->carry, end - client->carry_size, client->carry_size);
}

static void obey_control(struct client *client) {
  if (client->opcode == FRAME_PING) client_queue_frame(client, FRAME_PONG, client->control, client->control_size);
  if (client->opcode != FRAME_CLOSE) return;
  unsigned code = 1005;
  if (client->control_size >= 2) code = (unsigned char)client->control[0] << 8 | (unsigned char)client->control[1];
  const char *reason = client->control_size > 2 ? client->control + 2 : client->control;
  fail("the server closed client %u (%s) with %u %s", client->index, client->group->name, code,
       excerpt(reason, client->control_size > 2 ? client->control + client->control_size : reason));
}

static void begin_frame(struct client *client) {
  const unsigned char *header = client->header;
  client->final = header[0] & 0x80;
  client->opcode = header[0] & 0x0f;
  client->left = frame_length(header);
  client->header_size = 0;
  client->in_frame = true;
  bool control = client->opcode >= FRAME_CLOSE;
  if (header[0] & 0x70) fail("a frame with reserved bits: the server compresses, though it was not asked to");
  if (header[1] & 0x80) fail("a masked frame: servers must not mask");
  if (control && client->left > sizeof client->control) fail("a control frame of %llu bytes", (unsigned long long)client->left);
  if (control) client->control_size = 0;
  else if (client->opcode != FRAME_CONTINUED) client->marked = false;
}

static void feed(struct client *client, char *at, char *end, uint64_t now_ns) {
  while (at < end) {
    if (!client->in_frame) {
      while (at < end && client->header_size < frame_header_size(client->header, client->header_size)) {
        client->header[client->header_size++] = (unsigned char)*at++;
      }
      if (client->header_size < frame_header_size(client->header, client->header_size)) return;
      begin_frame(client);
    }
    size_t take = (uint64_t)(end - at) < client->left ? (size_t)(end - at) : (size_t)client->left;
    client->left -= take;
    if (client->opcode >= FRAME_CLOSE) {
      memcpy(client->control + client->control_size, at, take);
      client->control_size = (uint8_t)(client->control_size + take);
      if (client->left == 0) obey_control(client);
    } else {
      search(client, at, at + take, client->left == 0 && client->final, now_ns);
    }
    at += take;
    if (client->left == 0) client->in_frame = false;
  }
}

/* Takes bytes of the upgrade's answer; gives how many of them belonged to it. */
static size_t take_answer(struct client *client, const char *bytes, size_t size) {
  if (!client->answer) client->answer = need(malloc(MOST_ANSWER + 1));
  size_t before = client->answer_size;
  size_t take = size < MOST_ANSWER - before ? size : MOST_ANSWER - before;
  memcpy(client->answer + before, bytes, take);
  client->answer_size += take;
  client->answer[client->answer_size] = 0;
  const char *end = strstr(client->answer, "\r\n\r\n");
  if (!end && client->answer_size == MOST_ANSWER) fail("the answer to the upgrade is longer than %d bytes", MOST_ANSWER);
  if (!end) return size;
  if (strncmp(client->answer, "HTTP/1.1 101 ", 13) != 0 || !strstr(client->answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
    fail("the server did not upgrade client %u (%s): %.*s | %s", client->index, client->group->name,
         (int)strcspn(client->answer, "\r"), client->answer, excerpt(end + 4, client->answer + client->answer_size));
  }
  size_t belonged = (size_t)(end + 4 - client->answer) - before;
  free(client->answer);
  client->answer = NULL;
  client->state = CLIENT_GREETING;
  client_greet(client);
  client_flush(client);
  if (!client->group->ready) get_ready(client);
  return belonged;
}

void client_receive(struct client *client) {
  char *at = buffer + CARRY;
  ssize_t size = recv(client->fd, at, sizeof buffer - CARRY, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0) fail("client %u (%s) lost its connection: %s", client->index, client->group->name, strerror(errno));
  if (size == 0) fail("the server hung up on client %u (%s)", client->index, client->group->name);
  bytes_received += (uint64_t)size;
  char *end = at + size;
  if (client->state == CLIENT_UPGRADING) at += take_answer(client, at, (size_t)size);
  if (at < end) feed(client, at, end, clock_ns());
}

const char *client_progress(const struct client *client) {
  static char text[320];
  static const char *const states[] = {"connecting", "waiting for the upgrade", "waiting for its ready text", "ready", "closed"};
  size_t heard = client->state == CLIENT_GREETING ? last_greeting_size : 0;
  snprintf(text, sizeof text, "%s%s%s", states[client->state], heard ? "; last heard: " : "",
           excerpt(last_greeting, last_greeting + heard));
  return text;
}

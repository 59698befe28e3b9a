#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"
#include "frame.h"
#include "receive.h"

/* One source address has some 28,000 ports: further clients come from 127.0.0.2, 127.0.0.3 … */
#define CLIENTS_PER_ADDRESS 20000

#define MOST_TEXT 65536

static struct sockaddr_in server;
static int epoll_fd;

void clients_begin(const struct options *options, int epoll, delivered delivered, became_ready ready) {
  epoll_fd = epoll;
  server = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(options->port), .sin_addr.s_addr = htonl(options->address),
  };
  receive_begin(delivered, ready);
}

static void watch(struct client *client, int operation, bool writing) {
  struct epoll_event event = {.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0), .data.ptr = client};
  if (epoll_ctl(epoll_fd, operation, client->fd, &event) != 0) fail("epoll: %s", strerror(errno));
  client->waits_to_write = writing;
}

static void queue(struct client *client, const char *bytes, size_t size) {
  if (client->out_size + size > client->out_room) {
    client->out_room = (client->out_size + size) * 2;
    client->out = need(realloc(client->out, client->out_room));
  }
  memcpy(client->out + client->out_size, bytes, size);
  client->out_size += size;
}

void client_queue_frame(struct client *client, int opcode, const char *payload, size_t size) {
  static char frame[MOST_TEXT + FRAME_MOST_HEADER];
  queue(client, frame, frame_write(frame, opcode, payload, size));
}

static void fill_and_queue(struct client *client, const struct template *template, const char *marker) {
  static char text[MOST_TEXT];
  const struct group *group = client->group;
  struct filling filling = {
      .index = client->index,
      .token = group->token_count > 0 ? group->tokens[client->index % group->token_count] : NULL,
      .marker = marker,
  };
  client_queue_frame(client, FRAME_TEXT, text, template_fill(template, &filling, text, sizeof text));
}

void client_say(struct client *client, uint64_t due_us) {
  char marker[MARKER_SIZE];
  marker_write(marker, client->index, client->sent++, due_us);
  fill_and_queue(client, &client->group->send, marker);
}

void client_greet(struct client *client) {
  for (int i = 0; i < client->group->hello_count; i++) fill_and_queue(client, &client->group->hellos[i], NULL);
}

void client_flush(struct client *client) {
  while (client->out_sent < client->out_size) {
    ssize_t sent = send(client->fd, client->out + client->out_sent, client->out_size - client->out_sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) fail("client %u (%s) cannot send: %s", client->index, client->group->name, strerror(errno));
    client->out_sent += (size_t)sent;
  }
  bool rest = client->out_sent < client->out_size;
  if (!rest) client->out_sent = client->out_size = 0;
  if (rest != client->waits_to_write) watch(client, EPOLL_CTL_MOD, rest);
}

/* The key is the example of RFC 6455, so that the right answer is known without computing it. */
static void ask_for_upgrade(struct client *client) {
  static char request[MOST_TEXT];
  char host[64];
  const struct group *group = client->group;
  struct filling filling = {
      .index = client->index,
      .token = group->token_count > 0 ? group->tokens[client->index % group->token_count] : NULL,
  };
  int host_size = snprintf(host, sizeof host, "%s:%u", inet_ntoa(server.sin_addr), ntohs(server.sin_port));
  queue(client, "GET ", 4);
  queue(client, request, template_fill(&group->path, &filling, request, sizeof request));
  queue(client, " HTTP/1.1\r\nHost: ", 17);
  queue(client, host, (size_t)host_size);
  static const char upgrade[] =
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  queue(client, upgrade, sizeof upgrade - 1);
  queue(client, request, template_fill(&group->headers, &filling, request, sizeof request));
  queue(client, "\r\n", 2);
  client->state = CLIENT_UPGRADING;
  client_flush(client);
}

void client_open(struct client *client, struct group *group, uint32_t index) {
  char *out = client->out;
  size_t out_room = client->out_room;
  *client = (struct client){.group = group, .index = index, .out = out, .out_room = out_room};
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0) fail("no socket for client %u: %s (see ulimit -n)", index, strerror(errno));
  int on = 1;
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (index >= CLIENTS_PER_ADDRESS) {
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(0x7f000001 + index / CLIENTS_PER_ADDRESS);
    if (bind(client->fd, (struct sockaddr *)&source, sizeof source) != 0) fail("cannot bind: %s", strerror(errno));
  }
  bool connected = connect(client->fd, (struct sockaddr *)&server, sizeof server) == 0;
  if (!connected && errno != EINPROGRESS) fail("client %u cannot connect: %s", index, strerror(errno));
  watch(client, EPOLL_CTL_ADD, !connected);
  if (connected) ask_for_upgrade(client);
}

void client_serve(struct client *client, uint32_t events) {
  if (client->state == CLIENT_CLOSED) return;
  if (client->state == CLIENT_CONNECTING) {
    int problem = 0;
    socklen_t size = sizeof problem;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem) fail("client %u cannot connect: %s", client->index, strerror(problem));
    ask_for_upgrade(client);
    return;
  }
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) client_receive(client);
  if (client->out_sent < client->out_size) client_flush(client);
}

void client_drop(struct client *client) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(client->fd);
  client->state = CLIENT_CLOSED;
  free(client->answer);
  client->answer = NULL;
}

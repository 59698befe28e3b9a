#define _GNU_SOURCE /* epoll_pwait2 */
#include "crowd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "common.h"

/* A server that is slower than this to take everybody in is not measured but reported. */
#define GATHER_SECONDS 60ull
#define EVENTS 512

static struct crowd crowd;
static int epoll_fd;

static void count_ready(struct client *client) {
  (void)client;
  crowd.ready++;
}

static void allow_sockets(uint32_t count) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count + 64) return;
  limit.rlim_cur = count + 64;
  if (limit.rlim_max < limit.rlim_cur) limit.rlim_max = limit.rlim_cur;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("%u sockets are not allowed: %s (see ulimit -n)", count, strerror(errno));
}

struct crowd *crowd_begin(struct options *options, delivered delivered) {
  allow_sockets(options->clients);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) fail("epoll: %s", strerror(errno));
  crowd = (struct crowd){.options = options, .clients = need(calloc(options->clients, sizeof(struct client)))};
  clients_begin(options, epoll_fd, delivered, count_ready);
  return &crowd;
}

/* Groups take turns, so that a storm hits every door at once rather than one after the other. */
static struct group *next_group(uint32_t *taken) {
  for (int step = 0;; step++) {
    struct group *group = &crowd.options->groups[(crowd.opened + (uint32_t)step) % (uint32_t)crowd.options->group_count];
    uint32_t place = (uint32_t)(group - crowd.options->groups);
    if (taken[place] == group->clients) continue;
    taken[place]++;
    return group;
  }
}

double crowd_gather(struct crowd *all) {
  uint32_t taken[MOST_GROUPS] = {0};
  uint64_t start = clock_ns(), limit = start + GATHER_SECONDS * SECOND_NS;
  all->opened = all->ready = 0;
  while (all->ready < all->options->clients) {
    while (all->opened < all->options->clients && all->opened - all->ready < all->options->flight) {
      struct client *client = &all->clients[all->opened];
      client_open(client, next_group(taken), all->opened);
      all->opened++;
    }
    crowd_serve(all, clock_ns() + SECOND_NS / 10);
    if (clock_ns() < limit) continue;
    struct client *waiting = all->clients;
    while (waiting->state == CLIENT_READY) waiting++;
    fail("only %u of %u clients were ready after %llu s; client %u (%s) is %s", all->ready, all->options->clients,
         GATHER_SECONDS, waiting->index, waiting->group->name, client_progress(waiting));
  }
  return (double)(clock_ns() - start) / (double)SECOND_NS;
}

void crowd_serve(struct crowd *all, uint64_t until_ns) {
  (void)all;
  struct epoll_event events[EVENTS];
  uint64_t now = clock_ns(), wait = until_ns > now ? until_ns - now : 0;
  struct timespec timeout = {.tv_sec = (time_t)(wait / SECOND_NS), .tv_nsec = (long)(wait % SECOND_NS)};
  int count = epoll_pwait2(epoll_fd, events, EVENTS, &timeout, NULL);
  if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
  for (int i = 0; i < count; i++) client_serve(events[i].data.ptr, events[i].events);
}

void crowd_disperse(struct crowd *all) {
  for (uint32_t i = 0; i < all->options->clients; i++) client_drop(&all->clients[i]);
}

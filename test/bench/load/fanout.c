#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "crowd.h"
#include "histogram.h"
#include "modes.h"
#include "usage.h"

static struct {
  struct options *options;
  struct crowd *crowd;
  struct client **senders;
  uint64_t start_ns, measure_ns, end_ns;
  uint64_t sent, sent_measured;
  uint64_t received, received_measured, bytes_measured;
  struct histogram deliveries, echoes, lag;
} run;

static uint64_t since_start_us(uint64_t now_ns) {
  return (now_ns - run.start_ns) / MICRO_NS;
}

static void say(struct client *client, uint64_t due_ns) {
  client_say(client, since_start_us(due_ns));
  run.sent++;
  if (due_ns >= run.measure_ns && due_ns < run.end_ns) run.sent_measured++;
}

/* Latencies are those of messages due in the measured window, whenever they arrived: waiting that a slow server causes is not
 * left out. Deliveries a second are those that arrived in the window. */
static void count_delivery(struct client *client, struct marker marker, uint64_t now_ns) {
  run.received++;
  client->group->received++;
  if (now_ns >= run.measure_ns && now_ns < run.end_ns) run.received_measured++;
  uint64_t due_ns = run.start_ns + marker.due * MICRO_NS;
  bool own = marker.sender == client->index;
  if (due_ns >= run.measure_ns && due_ns < run.end_ns) {
    uint64_t latency = now_ns > due_ns ? (now_ns - due_ns) / MICRO_NS : 0;
    histogram_add(&run.deliveries, latency);
    if (own) histogram_add(&run.echoes, latency);
  }
  /* Closed loop: what came back makes room for the next. It leaves when this read has been dealt with. */
  if (own && run.options->window > 0 && now_ns < run.end_ns) say(client, now_ns);
}

static void choose_senders(void) {
  uint32_t chosen = 0, taken[MOST_GROUPS] = {0};
  run.senders = need(calloc(run.options->senders, sizeof(struct client *)));
  for (uint32_t i = 0; i < run.options->clients; i++) {
    struct client *client = &run.crowd->clients[i];
    uint32_t *of_group = &taken[client->group - run.options->groups];
    if (*of_group == client->group->senders) continue;
    ++*of_group;
    run.senders[chosen++] = client;
  }
}

static void fill_windows(void) {
  for (uint32_t i = 0; i < run.options->senders; i++) {
    for (uint32_t message = 0; message < run.options->window; message++) say(run.senders[i], clock_ns());
    client_flush(run.senders[i]);
  }
}

/* Open loop: message k is due at k/rate whatever became of the ones before. Gives when the next is due. */
static uint64_t send_what_is_due(uint64_t *next) {
  for (;;) {
    uint64_t due = run.start_ns + (uint64_t)((double)*next * 1e9 / run.options->rate), now = clock_ns();
    if (due > now || due >= run.end_ns) return due;
    struct client *client = run.senders[*next % run.options->senders];
    say(client, due);
    client_flush(client);
    histogram_add(&run.lag, (now - due) / MICRO_NS);
    ++*next;
  }
}

static uint64_t earlier(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

static void print_quantiles(const char *name, const struct histogram *histogram) {
  printf("\"%s\":{\"count\":%llu,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f},", name,
         (unsigned long long)histogram->count, (double)histogram_quantile(histogram, 0.5) / 1e3,
         (double)histogram_quantile(histogram, 0.95) / 1e3, (double)histogram_quantile(histogram, 0.99) / 1e3,
         (double)histogram->max / 1e3);
}

static void print_result(const struct usage *before, const struct usage *after) {
  double seconds = (double)(after->at_ns - before->at_ns) / 1e9;
  double server = after->server - before->server, own = after->own - before->own;
  double others = after->machine - before->machine - server - own;
  double deliveries = run.received_measured > 0 ? (double)run.received_measured : 1;
  long long lost = (long long)(run.sent * run.options->clients) - (long long)run.received;
  printf("{\"mode\":\"fanout\",\"clients\":%u,\"seconds\":%.3f,", run.options->clients, seconds);
  printf("\"sent\":%llu,\"messagesPerSecond\":%.0f,", (unsigned long long)run.sent, (double)run.sent_measured / seconds);
  printf("\"deliveries\":%llu,\"deliveriesPerSecond\":%.0f,", (unsigned long long)run.received_measured,
         (double)run.received_measured / seconds);
  printf("\"bytesPerDelivery\":%.1f,\"received\":%llu,\"lost\":%lld,", (double)run.bytes_measured / deliveries,
         (unsigned long long)run.received, lost);
  print_quantiles("delivery", &run.deliveries);
  print_quantiles("echo", &run.echoes);
  printf("\"groups\":{");
  for (int i = 0; i < run.options->group_count; i++) {
    printf("%s\"%s\":%llu", i ? "," : "", run.options->groups[i].name, (unsigned long long)run.options->groups[i].received);
  }
  printf("},\"generatorCpuPercent\":%.1f,\"generatorLagP99\":%.3f,", 100 * own / seconds,
         (double)histogram_quantile(&run.lag, 0.99) / 1e3);
  printf("\"serverCpuPercent\":%.1f,\"serverMicrosecondsPerDelivery\":%.4f,\"othersCpuPercent\":%.1f}\n",
         100 * server / seconds, 1e6 * server / deliveries, 100 * (others > 0 ? others : 0) / seconds);
}

void run_fanout(struct options *options) {
  run.options = options;
  run.crowd = crowd_begin(options, count_delivery);
  marker_begin(clock_ns() / MICRO_NS);
  crowd_gather(run.crowd);
  choose_senders();
  run.start_ns = clock_ns();
  run.measure_ns = run.start_ns + (uint64_t)(options->warm * 1e9);
  run.end_ns = run.measure_ns + (uint64_t)(options->seconds * 1e9);

  uint64_t next = 0, bytes_before = 0;
  struct usage before = {0}, after;
  if (options->window > 0) fill_windows();
  bool measuring = false;
  for (uint64_t now; (now = clock_ns()) < run.end_ns;) {
    if (!measuring && now >= run.measure_ns) {
      before = usage_read(options->pid);
      bytes_before = bytes_received;
      measuring = true;
    }
    uint64_t due = options->rate > 0 ? send_what_is_due(&next) : run.end_ns;
    crowd_serve(run.crowd, earlier(due, measuring ? run.end_ns : earlier(run.measure_ns, run.end_ns)));
  }
  after = usage_read(options->pid);
  run.bytes_measured = bytes_received - bytes_before;

  uint64_t give_up = clock_ns() + (uint64_t)(options->drain * 1e9);
  while (run.received < run.sent * options->clients && clock_ns() < give_up) crowd_serve(run.crowd, give_up);
  /* A little longer, so that a message delivered twice is seen as well. */
  uint64_t last = clock_ns() + SECOND_NS / 20;
  while (clock_ns() < last) crowd_serve(run.crowd, last);
  print_result(&before, &after);
}

#include "options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

static const char usage[] =
    "load --mode fanout|storm|idle --port N [--host 127.0.0.1] [--pid SERVER]\n"
    "     [--rate PER-SECOND | --window EACH] [--warm S] [--seconds S] [--drain S]   (fanout)\n"
    "     [--flight N] [--rounds N]                                                  (storm)\n"
    "     --group NAME --clients N [--senders N] [--path TEMPLATE] [--header TEMPLATE]… [--tokens FILE]\n"
    "             [--hello TEMPLATE]… [--ready TEXT] [--refusal TEXT] [--send TEMPLATE]   (repeatable)\n"
    "A TEMPLATE or TEXT is read from a file when it begins with @; places: %i index, %t token, %c client id, %m marker, %% percent.\n";

static double number(const char *name, const char *value, double least, double most) {
  char *end;
  double parsed = strtod(value, &end);
  if (*end || end == value || !(parsed >= least && parsed <= most)) {
    fail("%s must be a number from %g to %g, not \"%s\"", name, least, most, value);
  }
  return parsed;
}

static uint32_t whole(const char *name, const char *value, double least, double most) {
  return (uint32_t)number(name, value, least, most);
}

static enum mode mode_of(const char *value) {
  if (strcmp(value, "fanout") == 0) return MODE_FANOUT;
  if (strcmp(value, "storm") == 0) return MODE_STORM;
  if (strcmp(value, "idle") == 0) return MODE_IDLE;
  fail("--mode must be fanout, storm or idle");
}

/* Only this machine: a load generator that can be pointed elsewhere is a weapon. */
static uint32_t loopback(const char *value) {
  struct in_addr address;
  if (inet_pton(AF_INET, value, &address) != 1 || ntohl(address.s_addr) >> 24 != 127) {
    fail("--host must be an address of 127.0.0.0/8");
  }
  return ntohl(address.s_addr);
}

static void read_tokens(struct group *group, const char *path) {
  char name[4096];
  snprintf(name, sizeof name, "@%s", path);
  char *text = text_or_file(name);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    group->tokens = need(realloc(group->tokens, sizeof(char *) * (group->token_count + 1)));
    group->tokens[group->token_count++] = line;
  }
  if (group->token_count == 0) fail("%s holds no tokens", path);
}

static struct group *add_group(struct options *options, const char *name) {
  if (options->group_count == MOST_GROUPS) fail("at most %d groups", MOST_GROUPS);
  struct group *group = &options->groups[options->group_count++];
  *group = (struct group){.name = name, .path = template_parse("/")};
  return group;
}

static void add_header(struct group *group, const char *value) {
  char *text = text_or_file(value);
  struct template header = template_parse(text);
  struct template end = template_parse("\r\n");
  for (int part = 0; part < 2; part++) {
    const struct template *more = part == 0 ? &header : &end;
    size_t size = sizeof(struct piece) * (size_t)(group->headers.count + more->count);
    group->headers.pieces = need(realloc(group->headers.pieces, size));
    memcpy(group->headers.pieces + group->headers.count, more->pieces, sizeof(struct piece) * (size_t)more->count);
    group->headers.count += more->count;
  }
}

static void set_group(struct group *group, const char *name, const char *value) {
  if (strcmp(name, "--clients") == 0) group->clients = whole(name, value, 1, 50000);
  else if (strcmp(name, "--senders") == 0) group->senders = whole(name, value, 0, 50000);
  else if (strcmp(name, "--path") == 0) group->path = template_parse(text_or_file(value));
  else if (strcmp(name, "--header") == 0) add_header(group, value);
  else if (strcmp(name, "--tokens") == 0) read_tokens(group, value);
  else if (strcmp(name, "--send") == 0) group->send = template_parse(text_or_file(value));
  else if (strcmp(name, "--ready") == 0) group->ready = text_or_file(value);
  else if (strcmp(name, "--refusal") == 0) group->refusal = text_or_file(value);
  else if (strcmp(name, "--hello") == 0) {
    if (group->hello_count == MOST_PATTERNS) fail("at most %d --hello frames", MOST_PATTERNS);
    group->hellos[group->hello_count++] = template_parse(text_or_file(value));
  } else fail("there is no option %s\n%s", name, usage);
}

static void set(struct options *options, struct group **group, const char *name, const char *value) {
  if (strcmp(name, "--mode") == 0) options->mode = mode_of(value);
  else if (strcmp(name, "--host") == 0) options->address = loopback(value);
  else if (strcmp(name, "--port") == 0) options->port = (uint16_t)whole(name, value, 1, 65535);
  else if (strcmp(name, "--pid") == 0) options->pid = (int)whole(name, value, 1, 4194304);
  else if (strcmp(name, "--rate") == 0) options->rate = number(name, value, 0.1, 100000);
  else if (strcmp(name, "--window") == 0) options->window = whole(name, value, 1, 4096);
  else if (strcmp(name, "--warm") == 0) options->warm = number(name, value, 0, 60);
  else if (strcmp(name, "--seconds") == 0) options->seconds = number(name, value, 0.1, 120);
  else if (strcmp(name, "--drain") == 0) options->drain = number(name, value, 0, 60);
  else if (strcmp(name, "--flight") == 0) options->flight = whole(name, value, 1, 4096);
  else if (strcmp(name, "--rounds") == 0) options->rounds = whole(name, value, 1, 100);
  else if (strcmp(name, "--group") == 0) *group = add_group(options, value);
  else if (*group) set_group(*group, name, value);
  else fail("%s comes after a --group, or does not exist\n%s", name, usage);
}

static void check(struct options *options) {
  if (options->port == 0 || options->group_count == 0) fail("--port and --group are needed\n%s", usage);
  for (int i = 0; i < options->group_count; i++) {
    struct group *group = &options->groups[i];
    if (group->clients == 0) fail("group %s needs --clients", group->name);
    if (group->senders > group->clients) fail("group %s has more senders than clients", group->name);
    if (group->senders > 0 && !template_has(&group->send, 'm')) fail("--send of group %s must contain %%m", group->name);
    if (group->ready && strlen(group->ready) > 64) fail("--ready may have at most 64 characters");
    options->clients += group->clients;
    options->senders += group->senders;
  }
  if (options->mode == MODE_FANOUT && options->senders == 0) fail("somebody must send: give a group --senders");
  if (options->mode == MODE_FANOUT && (options->rate > 0) == (options->window > 0)) {
    fail("fanout needs either --rate (open loop) or --window (closed loop)");
  }
}

struct options options_parse(int count, char **values) {
  struct options options = {
      .address = 0x7f000001, .warm = 1, .seconds = 3, .drain = 5, .flight = 64, .rounds = 1,
  };
  struct group *group = NULL;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count) fail("%s needs a value\n%s", values[i], usage);
    set(&options, &group, values[i], values[i + 1]);
  }
  check(&options);
  return options;
}

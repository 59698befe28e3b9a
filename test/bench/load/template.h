/*
 * Text with places to fill in, prepared once so that sending costs a few copies.
 *   %i  index of the client          %c  an id that no other message of the run has
 *   %t  the client's line of --tokens %m  the marker
 *   %%  a percent sign
 */
#ifndef PARLEY_LOAD_TEMPLATE_H
#define PARLEY_LOAD_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct piece {
  char kind; /* 0 for literal text, else the letter of the place */
  const char *text;
  size_t length;
};

struct template {
  struct piece *pieces;
  int count;
};

struct filling {
  uint32_t index;
  const char *token;
  const char *marker;
};

struct template template_parse(const char *text);
bool template_has(const struct template *template, char kind);

/* Writes into `out` and gives the length; ends the process when it does not fit. */
size_t template_fill(const struct template *template, const struct filling *filling, char *out, size_t room);

#endif

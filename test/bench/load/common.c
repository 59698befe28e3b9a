#include "common.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

uint64_t clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void *need(void *memory) {
  if (!memory) fail("out of memory");
  return memory;
}

char *text_or_file(const char *value) {
  if (value[0] != '@') return need(strdup(value));
  FILE *file = fopen(value + 1, "rb");
  if (!file) fail("cannot read %s: %s", value + 1, strerror(errno));
  size_t length = 0, room = 4096;
  char *text = need(malloc(room));
  for (;;) {
    length += fread(text + length, 1, room - 1 - length, file);
    if (length < room - 1) break;
    room *= 2;
    text = need(realloc(text, room));
  }
  if (ferror(file)) fail("cannot read %s", value + 1);
  fclose(file);
  text[length] = 0;
  return text;
}

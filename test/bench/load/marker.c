#include "marker.h"

#include <string.h>

/* Layout: Q z, nonce 2, sender 4, sequence 6, due 7 digits of base 36. The capital Q is rare in markup and JSON, so that memchr
 * alone finds nearly every marker. */
enum { NONCE = 2, SENDER = 4, SEQUENCE = 8, DUE = 14 };

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static char prefix[4] = "Qz00";
static unsigned char value_of[256];

static void write_number(char *out, int length, uint64_t number) {
  for (int place = length - 1; place >= 0; place--, number /= 36) out[place] = digits[number % 36];
}

static uint64_t read_number(const char *text, int length) {
  uint64_t number = 0;
  for (int place = 0; place < length; place++) number = number * 36 + value_of[(unsigned char)text[place]];
  return number;
}

void marker_begin(uint64_t seed) {
  for (unsigned value = 0; value < 36; value++) value_of[(unsigned char)digits[value]] = (unsigned char)value;
  write_number(prefix + NONCE, 2, seed);
}

void marker_write(char out[MARKER_SIZE], uint32_t sender, uint32_t sequence, uint64_t due) {
  memcpy(out, prefix, sizeof prefix);
  write_number(out + SENDER, SEQUENCE - SENDER, sender);
  write_number(out + SEQUENCE, DUE - SEQUENCE, sequence);
  write_number(out + DUE, MARKER_SIZE - DUE, due);
}

const char *marker_find(const char *from, const char *end) {
  while (end - from >= MARKER_SIZE) {
    const char *found = memchr(from, prefix[0], (size_t)(end - from) - (MARKER_SIZE - 1));
    if (!found) return NULL;
    if (memcmp(found, prefix, sizeof prefix) == 0) return found;
    from = found + 1;
  }
  return NULL;
}

struct marker marker_read(const char text[MARKER_SIZE]) {
  return (struct marker){
      .sender = (uint32_t)read_number(text + SENDER, SEQUENCE - SENDER),
      .due = read_number(text + DUE, MARKER_SIZE - DUE),
  };
}

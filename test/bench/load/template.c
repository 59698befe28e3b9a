#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "marker.h"

static void add(struct template *template, char kind, const char *text, size_t length) {
  template->pieces = need(realloc(template->pieces, sizeof(struct piece) * (size_t)(template->count + 1)));
  template->pieces[template->count++] = (struct piece){kind, text, length};
}

struct template template_parse(const char *text) {
  struct template template = {0};
  while (*text) {
    size_t plain = strcspn(text, "%");
    if (plain > 0) add(&template, 0, text, plain);
    text += plain;
    if (!*text) break;
    if (text[1] == '%') add(&template, 0, text, 1);
    else if (text[1] && strchr("icmt", text[1])) add(&template, text[1], NULL, 0);
    else fail("\"%.12s\" is not a place: use %%i, %%c, %%m, %%t or %%%%", text);
    text += 2;
  }
  return template;
}

bool template_has(const struct template *template, char kind) {
  for (int i = 0; i < template->count; i++) {
    if (template->pieces[i].kind == kind) return true;
  }
  return false;
}

size_t template_fill(const struct template *template, const struct filling *filling, char *out, size_t room) {
  size_t length = 0;
  char number[32];
  for (int i = 0; i < template->count; i++) {
    const struct piece *piece = &template->pieces[i];
    const char *text = piece->text;
    size_t size = piece->length;
    switch (piece->kind) {
      case 'm':
        text = filling->marker;
        size = MARKER_SIZE;
        break;
      case 'i':
        size = (size_t)snprintf(number, sizeof number, "%u", filling->index);
        text = number;
        break;
      case 'c':
        /* The marker without its first letters: as unique, and not counted as a delivery. */
        if (filling->marker) size = (size_t)snprintf(number, sizeof number, "c%.*s", MARKER_SIZE - 2, filling->marker + 2);
        text = filling->marker ? number : NULL;
        break;
      case 't':
        if (!filling->token) fail("%%t needs --tokens FILE");
        text = filling->token;
        size = strlen(text);
        break;
    }
    if (!text) fail("%%%c has no meaning here", piece->kind);
    if (length + size > room) fail("a frame of more than %zu bytes is too long", room);
    memcpy(out + length, text, size);
    length += size;
  }
  return length;
}

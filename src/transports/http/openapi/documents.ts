import { z } from "zod";
import type { Part } from "./entry.ts";

const document = z.record(z.string(), z.unknown());
const kept = { 304: { description: "You have it already (`If-None-Match`)." } };

export const documentEntries: Part = {
  name: "These documents",
  about: "What you are reading, for programs. All of it is made of the schemas that the server checks with.",
  routes: {
    "GET /api/v1/openapi.json": {
      summary: "Every route",
      answers: {
        200: { description: "OpenAPI 3.1.", schema: document, example: { openapi: "3.1.0" } },
        ...kept,
      },
    },
    "GET /api/v1/frames.json": {
      summary: "Every frame of the chat sockets",
      answers: {
        200: {
          description: "JSON Schema, by dialect and who sends it.",
          schema: document,
          example: { $schema: "https://json-schema.org/draft/2020-12/schema" },
        },
        ...kept,
      },
    },
    "GET /api/v1/types.ts": {
      summary: "All of it in TypeScript",
      description: "Types alone: a program that imports them runs without the file.",
      answers: { 200: { description: "Declarations.", type: "text/plain" }, ...kept },
    },
  },
};

import { z } from "zod";
import type { Part } from "./entry.ts";

const refused = z
  .looseObject({ jsonrpc: z.literal("2.0"), error: z.looseObject({ code: z.int(), message: z.string() }) })
  .meta({ id: "JsonRpcError", description: "A refusal in the words of JSON-RPC." });
const refusal = (description: string, code: number, message: string) => ({
  description,
  schema: refused,
  example: { jsonrpc: "2.0", error: { code, message }, id: null },
});
export const toolEntries: Part = {
  name: "Tools for agents",
  about:
    "The Model Context Protocol, in both its eras: with the handshake of 2025-06-18 and 2025-11-25, and without one as of 2026-07-28. For agents alone, by `Authorization: Bearer` with a key of theirs or the pass of a run; cookies mean nothing here. `tools/list` says what there is.",
  routes: {
    "POST /mcp": {
      summary: "Use a tool",
      description:
        "One JSON-RPC message. `ask_human` and `request_help` wait for people: a call that says where to send progress hears that it goes on, another is told after 50 s to call again with the same arguments, and an answer that came meanwhile is told with the next call.",
      answers: {
        200: { description: "A stream with the answer, and what is said before it.", type: "text/event-stream" },
        202: { description: "A notification was taken." },
        400: refusal("A message that is none.", -32700, "Parse error"),
        406: refusal("`Accept` must name `application/json` and `text/event-stream`.", -32000, "Not Acceptable"),
        415: refusal("The body is `application/json`.", -32000, "Unsupported Media Type"),
      },
      refusals: ["CONNECTION_LIMIT"],
    },
  },
};

import { z } from "zod";
import { attachment } from "../../../shapes.ts";
import { made, ok, type Part } from "./entry.ts";
import { done } from "./shapes.ts";

const id = { id: "32 hex digits." };
const plan = {
  id: "0123456789abcdef0123456789abcdef",
  name: "plan.pdf",
  type: "application/pdf",
  bytes: 52_311,
  url: "/files/0123456789abcdef0123456789abcdef/plan.pdf",
};

export const fileEntries: Part = {
  name: "Files",
  about:
    "A file is uploaded first, and then said with a message by its id, once, by whoever uploaded it. Until then it is theirs alone, and goes after a day.",
  routes: {
    "POST /api/v1/files": {
      summary: "Upload a file",
      description: "The file as the body, or a form of at most 64 KiB with one file in it.",
      query: "name=plan.pdf",
      takesFile: true,
      answers: made("What is known of it.", z.strictObject({ file: attachment }), { file: plan }),
    },
    "DELETE /api/v1/files/:id": {
      summary: "Take back a file that is in no message yet",
      params: id,
      answers: ok("Done.", done, { message: "That file is gone." }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "GET /files/:id/:name": {
      summary: "The bytes of a file",
      description: "For whoever may read its message, asked anew with each request. One `Range`; `If-None-Match`.",
      params: { ...id, name: "For people; any will do." },
      answers: {
        200: { description: "All of it.", type: "*/*" },
        206: { description: "The range that was asked for.", type: "*/*" },
        304: { description: "You have it already." },
        416: { description: "There is no such range." },
      },
      refusals: ["NOT_FOUND"],
    },
  },
};

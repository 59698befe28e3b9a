import { z } from "zod";
import { instant, seq } from "../../../shapes.ts";
import { ok, type Part } from "./entry.ts";
import { done } from "./shapes.ts";

export const lock = z
  .strictObject({
    file_path: z.string(),
    employee_name: z.string(),
    task_description: z.string(),
    locked_at: instant,
  })
  .meta({ id: "OlderLock", description: "A claimed file, as older programs read it." });
export const lockExample = {
  file_path: "src/theme.css",
  employee_name: "alice",
  task_description: "Add a dark theme",
  locked_at: "2026-11-21T08:30:00.000Z",
};

export const lockRequest = z
  .strictObject({
    id: seq,
    file_path: z.string(),
    requester: z.string(),
    owner: z.string(),
    reason: z.string(),
    status: z.enum(["pending", "approved", "denied", "lapsed"]),
    requested_at: instant,
  })
  .meta({ id: "OlderLockRequest", description: "Somebody asks for a claimed file, as older programs read it." });
export const lockRequestExample = {
  id: 64,
  file_path: "src/theme.css",
  requester: "bob",
  owner: "alice",
  reason: "The contrast is wrong",
  status: "pending",
  requested_at: "2026-11-21T08:40:00.000Z",
};

const id = { id: "The id of the request." };

export const lockEntries: Part = {
  name: "Locked files, for older programs",
  about:
    "Claimed files in the words of the system Parley replaces. `name` is an agent or a person: oneself, or with `manage_tasks` an agent.",
  routes: {
    "GET /files": {
      summary: "Locked files",
      answers: ok("Those you may know of.", z.strictObject({ files: z.array(lock) }), { files: [lockExample] }),
    },
    "POST /files/lock": {
      summary: "Lock files",
      description:
        "Each by itself: `locked`, `already_locked`, `locked_by_<owner>`, `lock_failed: …` or `validation_error: …`. A lock ends after half an hour unless it is locked again.",
      body: { name: "alice", files: ["src/theme.css"], description: "Add a dark theme" },
      answers: ok("By file.", z.strictObject({ result: z.record(z.string(), z.string()) }), {
        result: { "src/theme.css": "locked" },
      }),
      refusals: ["NOT_FOUND"],
    },
    "POST /files/release": {
      summary: "Release files",
      description: "All that they have when no files are named.",
      body: { name: "alice", files: ["src/theme.css"] },
      answers: ok("What is free now.", z.strictObject({ released: z.array(z.string()) }), {
        released: ["src/theme.css"],
      }),
      refusals: ["NOT_FOUND"],
    },
    "GET /files/requests": {
      summary: "Requests that wait",
      answers: ok("What you asked for, or may decide.", z.strictObject({ requests: z.array(lockRequest) }), {
        requests: [lockRequestExample],
      }),
    },
    "POST /files/requests": {
      summary: "Ask for a file",
      description: "`request_sent_to_<owner>`, `request_already_exists`, `already_owner` or `file_not_locked`.",
      body: { name: "bob", file: "src/theme.css", reason: "The contrast is wrong" },
      answers: ok("What came of it.", z.strictObject({ result: z.string() }), { result: "request_sent_to_alice" }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /files/requests/:id/approve": {
      summary: "Hand a file over",
      params: id,
      answers: ok("Done.", done, { message: "bob has src/theme.css now." }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "POST /files/requests/:id/deny": {
      summary: "Keep a file",
      params: id,
      answers: ok("Done.", done, { message: "bob does not get src/theme.css." }),
      refusals: ["NOT_FOUND", "CONFLICT"],
    },
    "GET /project-root": {
      summary: "Where the project lies",
      answers: ok("What absolute paths are relative to.", z.strictObject({ project_root: z.string() }), {
        project_root: "/srv/project",
      }),
    },
    "POST /project-root": {
      summary: "Say where the project lies",
      description:
        "It opens nothing, and is not where agents work: that is a setting of the server. `CONFLICT` while files are locked.",
      body: { project_root: "/srv/project" },
      answers: ok("Done.", z.strictObject({ message: z.string(), project_root: z.string() }), {
        message: "The project lies in /srv/project now.",
        project_root: "/srv/project",
      }),
      refusals: ["CONFLICT"],
    },
  },
};

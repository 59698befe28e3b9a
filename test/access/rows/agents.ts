import { hired, newName } from "../fresh.ts";
import { developers, form, get, json, managers, only, page, type Row, readers, writers } from "../table.ts";

/** Hiring on its page: a key for certain rooms has no page. */
const hirers = (status: number) => page(only(["outsider", "developer", "admin", "owner", "adminKey"], status));

/** The roster: who works here is for everybody to read, and for developers to change. */
export const agents: readonly Row[] = [
  { route: "GET /agents", ask: () => get("/agents"), answers: readers(200) },
  { route: "GET /agents/:id/fire", ask: () => get("/agents/1/fire"), answers: page(readers(302)) },
  {
    route: "POST /agents",
    ask: () => form("/agents", { name: newName(), role: "writer" }),
    answers: developers(303),
    leaves: "agent.hired",
  },
  {
    route: "POST /agents/:id/fire",
    ask: async (world) => form(`/agents/${(await hired(world)).id}/fire`),
    answers: developers(303),
    leaves: "agent.fired",
  },
  {
    route: "POST /agents/:id/fire",
    about: "who does not work here",
    ask: () => form("/agents/999999/fire"),
    answers: developers(404),
  },
  { route: "GET /employees", ask: () => get("/employees"), answers: readers(200) },
  { route: "GET /employees/:name", ask: () => get("/employees/alice"), answers: readers(200) },
  {
    route: "POST /employees",
    ask: () => json("POST", "/employees", { name: newName(), role: "writer" }),
    answers: developers(201),
    leaves: "agent.hired",
  },
  {
    route: "DELETE /employees/:name",
    ask: async (world) => json("DELETE", `/employees/${(await hired(world)).name}`),
    answers: developers(200),
    leaves: "agent.fired",
  },
  { route: "GET /usage", ask: () => get("/usage"), answers: page(readers(200)) },
  { route: "GET /usage/export.csv", ask: () => get("/usage/export.csv"), answers: readers(200) },
  { route: "GET /api/v1/usage", ask: () => get("/api/v1/usage"), answers: readers(200) },
  {
    route: "GET /api/v1/usage",
    about: "of days that are none",
    ask: () => get("/api/v1/usage?from=2026-02-31"),
    answers: readers(400),
  },
  { route: "GET /api/v1/agents", ask: () => get("/api/v1/agents"), answers: readers(200) },
  { route: "GET /agents/hire", ask: () => get("/agents/hire"), answers: hirers(200) },
  {
    route: "GET /agents/hire",
    about: "with a program: the cards say why not",
    ask: () => get("/agents/hire?program=codex"),
    answers: page(only(["admin", "owner", "adminKey"], 200, { outsider: 422, developer: 422 })),
  },
  { route: "GET /agents/:id", ask: ({ memberIds }) => get(`/agents/${memberIds.alice}`), answers: page(readers(200)) },
  {
    route: "GET /agents/:id/settings",
    ask: ({ memberIds }) => get(`/agents/${memberIds.alice}/settings`),
    answers: page(readers(302)),
  },
  {
    route: "POST /agents/:id/settings",
    ask: async (world) => form(`/agents/${(await hired(world)).id}/settings`, { role: "writer" }),
    answers: developers(303),
    leaves: "agent.changed",
  },
  {
    route: "POST /agents/:id/settings",
    about: "giving it a program",
    ask: async (world) => form(`/agents/${(await hired(world)).id}/settings`, { program: "codex" }),
    answers: managers(303),
    leaves: "agent.changed",
  },
  {
    route: "GET /agents/:id/queue",
    ask: ({ memberIds }) => get(`/agents/${memberIds.alice}/queue`),
    answers: page(readers(302)),
  },
  {
    route: "POST /agents/:id/queue",
    about: "a task that is not there",
    ask: ({ memberIds }) => form(`/agents/${memberIds.alice}/queue`, { task: "999999", act: "cancel" }),
    answers: writers(422),
  },
  { route: "GET /api/v1/programs", ask: () => get("/api/v1/programs"), answers: readers(200) },
  {
    route: "POST /api/v1/agents",
    ask: () => json("POST", "/api/v1/agents", { name: newName(), role: "writer" }),
    answers: developers(201),
    leaves: "agent.hired",
  },
  {
    route: "POST /api/v1/agents",
    about: "with a program",
    ask: () => json("POST", "/api/v1/agents", { name: newName(), role: "writer", program: "codex" }),
    answers: managers(201),
    leaves: "agent.hired",
  },
  {
    route: "GET /api/v1/agents/:name",
    ask: ({ memberIds }) => get(`/api/v1/agents/${memberIds.alice}`),
    answers: readers(200),
  },
  {
    route: "PATCH /api/v1/agents/:name",
    ask: async (world) => json("PATCH", `/api/v1/agents/${(await hired(world)).id}`, { role: "editor" }),
    answers: developers(200),
    leaves: "agent.changed",
  },
  {
    route: "PATCH /api/v1/agents/:name",
    about: "giving it a program",
    ask: async (world) => json("PATCH", `/api/v1/agents/${(await hired(world)).id}`, { program: "codex" }),
    answers: managers(200),
    leaves: "agent.changed",
  },
  {
    route: "DELETE /api/v1/agents/:name",
    ask: async (world) => json("DELETE", `/api/v1/agents/${(await hired(world)).id}`),
    answers: developers(200),
    leaves: "agent.fired",
  },
  {
    route: "GET /api/v1/agents/:name/check",
    ask: ({ memberIds }) => get(`/api/v1/agents/${memberIds.alice}/check`),
    answers: managers(200),
  },
];

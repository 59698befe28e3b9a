import { hired, newName } from "../fresh.ts";
import { developers, form, get, json, page, type Row, readers } from "../table.ts";

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
];

import { password, subject } from "../cast.ts";
import { confirmed, device, grant, invitation, newName, reset } from "../fresh.ts";
import { account, everybody, form, get, json, managers, page, type Row, readers } from "../table.ts";

/** How the server is, the ways in, and devices that ask to act for somebody. */
export const doors: readonly Row[] = [
  { route: "GET /health", ask: () => get("/health"), answers: everybody(200) },
  { route: "GET /ready", ask: () => get("/ready"), answers: everybody(200) },
  { route: "GET /communication/info", ask: () => get("/communication/info"), answers: readers(200) },
  { route: "GET /communication/stats", ask: () => get("/communication/stats"), answers: readers(200) },
  { route: "GET /ws-info", ask: () => get("/ws-info"), answers: readers(200) },
  { route: "GET /websocket/users", ask: () => get("/websocket/users"), answers: readers(200) },
  { route: "GET /sign-in", ask: () => get("/sign-in"), answers: everybody(303, { nobody: 200, endedSession: 200 }) },
  {
    route: "POST /sign-in",
    ask: () => form("/sign-in", { name: "mira", password, method: "password" }),
    answers: everybody(303),
    leaves: "session.opened",
    takesSession: true,
  },
  {
    route: "POST /sign-in",
    about: "with a wrong password",
    ask: () => form("/sign-in", { name: "mira", password: `${password}?`, method: "password" }),
    answers: everybody(401),
  },
  {
    route: "POST /sign-in",
    about: "by a name alone",
    ask: () => form("/sign-in", { name: "mira", role: "owner" }),
    answers: everybody(401),
  },
  {
    route: "POST /sign-out",
    ask: () => form("/sign-out"),
    answers: everybody(303),
    leaves: (who) =>
      who === "nobody" || who === "endedSession" || who.startsWith("agent") || who === "adminKey"
        ? undefined
        : "session.ended",
    takesSession: true,
  },
  { route: "GET /setup/:code", about: "long after", ask: () => get("/setup/used"), answers: everybody(404) },
  {
    route: "POST /setup/:code",
    about: "long after",
    ask: (world) => form(new URL(world.setUpUrl).pathname, { name: newName(), password }),
    answers: everybody(404),
  },
  {
    route: "GET /invitations/:code",
    ask: async (world) => get(`/invitations/${(await invitation(world)).code}`),
    answers: everybody(200),
  },
  {
    route: "POST /invitations/:code",
    ask: async (world) => form(`/invitations/${(await invitation(world)).code}`, { name: newName(), password }),
    answers: everybody(303),
    leaves: "invitation.accepted",
    takesSession: true,
  },
  {
    route: "POST /invitations/:code",
    about: "that was revoked",
    async ask(world) {
      const { id, code } = await invitation(world);
      await world.must("owner", json("DELETE", `/api/v1/invitations/${id}`));
      return form(`/invitations/${code}`, { name: newName(), password });
    },
    answers: everybody(404),
  },
  {
    route: "GET /reset/:code",
    ask: async (world) => get(`/reset/${await reset(world, subject)}`),
    answers: everybody(200),
  },
  {
    route: "POST /reset/:code",
    ask: async (world) => form(`/reset/${await reset(world, subject)}`, { password }),
    answers: everybody(303),
    leaves: "password.set",
    takesSession: true,
  },
  {
    route: "POST /reset/:code",
    about: "that never was",
    ask: () => form("/reset/x", { password }),
    answers: everybody(404),
  },

  { route: "GET /auth/device", ask: () => get("/auth/device"), answers: page(account(200)) },
  {
    route: "POST /auth/device",
    ask: async (world) => form("/auth/device", { user_code: (await device(world)).userCode, decision: "allow" }),
    answers: account(200),
  },
  {
    route: "POST /api/auth/device/authorize",
    ask: () => json("POST", "/api/auth/device/authorize", { client_id: "a robot" }),
    answers: everybody(200),
  },
  {
    route: "POST /api/auth/device/confirm",
    ask: async (world) => json("POST", "/api/auth/device/confirm", { user_code: (await device(world)).userCode }),
    answers: account(200),
  },
  {
    route: "POST /api/auth/device/token",
    ask: async (world, actor) => json("POST", "/api/auth/device/token", { device_code: await confirmed(world, actor) }),
    answers: everybody(200),
    leaves: "grant.made",
  },
  {
    route: "POST /api/auth/device/token",
    about: "that nobody confirmed",
    ask: async (world) => json("POST", "/api/auth/device/token", { device_code: (await device(world)).deviceCode }),
    answers: everybody(400),
  },
  {
    route: "POST /api/auth/cli/validate",
    ask: async (world, actor) =>
      json("POST", "/api/auth/cli/validate", { access_token: (await grant(world, actor)).access }),
    answers: everybody(200),
  },
  {
    route: "POST /api/auth/cli/refresh",
    ask: async (world, actor) =>
      json("POST", "/api/auth/cli/refresh", { refresh_token: (await grant(world, actor)).refresh }),
    answers: everybody(200),
    leaves: "grant.refreshed",
  },
  {
    route: "POST /api/auth/cli/refresh",
    about: "with a token that is none",
    ask: () => json("POST", "/api/auth/cli/refresh", { refresh_token: "none" }),
    answers: everybody(400),
  },
  {
    route: "POST /api/auth/cli/revoke",
    ask: async (world, actor) => json("POST", "/api/auth/cli/revoke", { token: (await grant(world, actor)).refresh }),
    answers: everybody(200),
    leaves: "grant.revoked",
  },

  { route: "GET /audit", ask: () => get("/audit"), answers: page(managers(200)) },
  { route: "GET /audit/export.jsonl", ask: () => get("/audit/export.jsonl"), answers: managers(200) },
  { route: "GET /audit/export.csv", ask: () => get("/audit/export.csv"), answers: managers(200) },
  { route: "GET /api/v1/audit", ask: () => get("/api/v1/audit"), answers: managers(200) },
  { route: "GET /api/v1/audit/chain", ask: () => get("/api/v1/audit/chain"), answers: managers(200) },
  { route: "GET /api/system/audit-logs", ask: () => get("/api/system/audit-logs"), answers: managers(200) },
];

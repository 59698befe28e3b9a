import { account, everybody, form, get, json, page, type Row, readers } from "../table.ts";

/** One's own Telegram accounts; and where Telegram itself knocks, which no identity of ours opens. */
export const telegrams: readonly Row[] = [
  {
    route: "POST /telegram/webhook",
    about: "without Telegram's secret",
    ask: () => json("POST", "/telegram/webhook", { update_id: 1 }),
    answers: everybody(401),
  },
  ...["/settings/telegram/code", "/settings/telegram/:id/unlink"].map(
    (path): Row => ({ route: `GET ${path}`, ask: () => get(path.replace(":id", "1")), answers: page(readers(302)) }),
  ),
  { route: "GET /settings/telegram", ask: () => get("/settings/telegram"), answers: page(account(200)) },
  { route: "POST /settings/telegram/code", ask: () => form("/settings/telegram/code"), answers: account(200) },
  {
    route: "POST /settings/telegram/:id/unlink",
    about: "of an account that is not theirs",
    ask: () => form("/settings/telegram/4711/unlink"),
    answers: account(422),
  },
  { route: "GET /api/v1/telegram", ask: () => get("/api/v1/telegram"), answers: account(200) },
  { route: "POST /api/v1/telegram/code", ask: () => json("POST", "/api/v1/telegram/code"), answers: account(201) },
  {
    route: "DELETE /api/v1/telegram/:id",
    about: "of an account that is not theirs",
    ask: () => json("DELETE", "/api/v1/telegram/4711"),
    answers: account(404),
  },
];

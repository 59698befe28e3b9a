import { type Context, Hono } from "hono";
import { doneIn, telegramDone } from "../../../views/people/done.ts";
import { TelegramPage } from "../../../views/people/telegram.tsx";
import type { Config } from "../../config.ts";
import { Refusal } from "../../errors.ts";
import { type Env, ownerOf, requires } from "../../guards/identity.ts";
import type { Logger } from "../../logger.ts";
import { modeOf, page } from "../../page.tsx";
import { wholeNumber } from "../../people/id.ts";
import { may } from "../../people/member.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Linking } from "./link.ts";
import type { TelegramTransport } from "./transport.ts";
import { updateIn, webhookPath } from "./webhook.ts";

interface Parts {
  config: Config;
  files: PublicFiles;
  logger: Logger;
  linking: Linking;
  /** Null where Telegram is not set up. */
  telegram: TelegramTransport | null;
}

/** Addresses of forms, where pages that answer one seem to be. */
const forms = ["/settings/telegram/code", "/settings/telegram/:id/unlink"];

/** One's own Telegram accounts, link and unlink, on a page and for programs; and where Telegram delivers to. */
export function telegramRoutes({ config, files, logger, linking, telegram }: Parts) {
  const bot = () => telegram?.botName ?? null;

  function shown(context: Context<Env>, more: Partial<Parameters<typeof TelegramPage>[0]> = {}, status = 200) {
    const me = ownerOf(context);
    const content = (
      <TelegramPage
        workspace={config.workspaceName}
        assets={files.urls}
        mode={modeOf(config)}
        canAudit={may(me, "manage_system")}
        links={linking.of(me)}
        bot={bot()}
        {...more}
      />
    );
    return page(context, content, status as 200);
  }

  return new Hono<Env>()
    .post(webhookPath(config), async (context) => {
      const update = await updateIn(context.req.raw, config.limits, logger);
      if (update) await telegram?.deliver(update);
      return context.json({});
    })
    .get("/settings/telegram", requires("read", "page"), (context) =>
      shown(context, { notice: doneIn(telegramDone, context.req.query("done")) }),
    )
    .on("GET", forms, requires("read", "page"), (context) => context.redirect("/settings/telegram"))
    .post("/settings/telegram/code", requires("read"), (context) =>
      shown(context, { fresh: linking.codeFor(ownerOf(context)) }),
    )
    .post("/settings/telegram/:id/unlink", requires("read"), async (context) => {
      const me = ownerOf(context);
      try {
        await linking.unlink(me, wholeNumber(context.req.param("id")));
      } catch (refusal) {
        if (!(refusal instanceof Refusal) || refusal.status >= 500) throw refusal;
        return shown(context, { error: refusal.message }, 422);
      }
      return context.redirect("/settings/telegram?done=unlinked", 303);
    })
    .get("/api/v1/telegram", requires("read"), (context) =>
      context.json({
        bot: bot(),
        links: linking.of(ownerOf(context)).map(({ telegramId, name, linkedAt }) => ({
          id: telegramId,
          name,
          linkedAt: new Date(linkedAt).toISOString(),
        })),
      }),
    )
    .post("/api/v1/telegram/code", requires("read"), (context) => {
      const { code, expiresAt } = linking.codeFor(ownerOf(context));
      return context.json({ code, expiresAt: new Date(expiresAt).toISOString() }, 201);
    })
    .delete("/api/v1/telegram/:id", requires("read"), async (context) => {
      await linking.unlink(ownerOf(context), wholeNumber(context.req.param("id")));
      return context.json({ message: "That Telegram account is no longer linked." });
    });
}

import { PageFrame } from "../frame.tsx";
import type { Assets } from "../layout.tsx";
import { Moment } from "../moment.tsx";
import { pagesBeside } from "../pages-beside.ts";
import { Alert, Confirm, Done, ShownOnce } from "./fields.tsx";
import type { ModeProps } from "./mode.tsx";

interface TelegramProps {
  workspace: string;
  mode?: ModeProps | undefined;
  /** Whether the reader may read the audit. */
  canAudit?: boolean | undefined;
  assets: Assets;
  links: readonly { readonly telegramId: number; readonly name: string; readonly linkedAt: number }[];
  /** What the bot is called there; null while Telegram is not reached. */
  bot: string | null;
  /** A code that was just made. */
  fresh?: { readonly code: string; readonly expiresAt: number } | undefined;
  error?: string | undefined;
  /** What was done. */
  notice?: string | undefined;
}

/** Which Telegram accounts are one's own: a code is made here and said to the bot there. */
export function TelegramPage(props: TelegramProps) {
  const { workspace, assets, mode, canAudit, links, bot, fresh, error, notice } = props;
  return (
    <PageFrame
      heading="Telegram"
      workspace={workspace}
      assets={assets}
      testId="telegram"
      address="/settings/telegram"
      mode={mode}
      scripts={["copy.js"]}
      links={pagesBeside("/settings/telegram", canAudit)}
    >
      <div class="stack">
        {error && <Alert>{error}</Alert>}
        {notice && <Done>{notice}</Done>}
        {fresh && <FreshCode bot={bot} {...fresh} />}
        <section class="panel" aria-labelledby="accounts-title">
          <div class="panel-head">
            <h2 id="accounts-title">Your Telegram accounts</h2>
            <form method="post" action="/settings/telegram/code">
              <button type="submit" class="button small">
                Link an account
              </button>
            </form>
          </div>
          <p class="lead">
            What you write there is yours here, and the bot shows you a room in your private chat with it.
            {bot && (
              <>
                {" "}
                The bot is <a href={`https://t.me/${bot}`}>@{bot}</a>.
              </>
            )}
          </p>
          {links.length === 0 ? <p class="empty">No account is linked yet.</p> : <Accounts links={links} />}
        </section>
      </div>
    </PageFrame>
  );
}

function Accounts({ links }: Pick<TelegramProps, "links">) {
  return (
    <ul class="rows">
      {links.map(({ telegramId, name, linkedAt }) => (
        <li class="row">
          <p class="row-title">
            <b>
              <bdi>{name}</bdi>
            </b>
          </p>
          <p class="row-facts">
            <span>number {telegramId}</span>
            <span>
              linked <Moment at={linkedAt} format="ago" />
            </span>
          </p>
          <div class="row-acts">
            <Confirm
              action={`/settings/telegram/${telegramId}/unlink`}
              verb="Unlink"
              whom={name}
              words="What is written there is nobody's here from then on."
            />
          </div>
        </li>
      ))}
    </ul>
  );
}

function FreshCode({ code, expiresAt, bot }: { code: string; expiresAt: number; bot: string | null }) {
  return (
    <ShownOnce heading="Say this to the bot" label="The code" secret={`/link ${code}`}>
      {bot ? (
        <>
          On this device: <a href={`https://t.me/${bot}?start=${code}`}>open Telegram</a>. On another one, write it to{" "}
          <b>@{bot}</b>.
        </>
      ) : (
        "Write it to the bot in a private chat."
      )}{" "}
      It works once and <Moment at={expiresAt} format="until" />.
    </ShownOnce>
  );
}

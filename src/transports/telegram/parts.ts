import type { Approvals } from "../../approvals/approvals.ts";
import type { Clock } from "../../clock.ts";
import type { Config, TelegramSettings } from "../../config.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Files } from "../../files/files.ts";
import type { Hub } from "../../live/hub.ts";
import type { Logger } from "../../logger.ts";
import type { ChangeMessage } from "../../messages/change.ts";
import type { History } from "../../messages/history.ts";
import type { PostMessage } from "../../messages/post.ts";
import type { Say } from "../../messages/say.ts";
import type { Members } from "../../people/members.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Slash } from "../../slash/slash.ts";
import type { Steps } from "../../tasks/steps.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Linking } from "./link.ts";
import type { Memory } from "./memory.ts";

/** What the Telegram door works with: the core of the house, and how it is set up. */
export interface TelegramParts {
  config: Config;
  telegram: TelegramSettings;
  clock: Clock;
  logger: Logger;
  store: Store;
  log: Log;
  hub: Hub;
  members: Members;
  rooms: Rooms;
  history: History;
  post: PostMessage;
  change: ChangeMessage;
  files: Files;
  tasks: Tasks;
  /** What runs do for tasks. */
  work: Steps;
  approvals: Approvals;
  slash: Slash;
  say: Say;
  memory: Memory;
  linking: Linking;
  /** Where Parley is found by browsers. */
  origin: () => string;
  /** What signs our tokens: the webhook's secret is made of it. */
  key: () => Uint8Array;
}

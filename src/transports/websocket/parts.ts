import type { Roster } from "../../agents/roster.ts";
import type { Runs } from "../../agents/runs.ts";
import type { Status } from "../../agents/status.ts";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Log } from "../../database/log.ts";
import type { Store } from "../../database/open.ts";
import type { Logger } from "../../logger.ts";
import type { ChangeMessage } from "../../messages/change.ts";
import type { History } from "../../messages/history.ts";
import type { PostMessage } from "../../messages/post.ts";
import type { Members } from "../../people/members.ts";
import type { Presence } from "../../people/presence.ts";
import type { SignIn } from "../../people/sign-in.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Typing } from "../../rooms/typing.ts";
import type { Tasks } from "../../tasks/tasks.ts";
import type { Connections } from "./connections.ts";
import type { Outbound } from "./outbound.ts";
import type { ResumeFrom } from "./resume.ts";

/** What the inbound side works with: every domain of the core, and the sockets that are open. */
export interface InboundParts {
  config: Config;
  clock: Clock;
  logger: Logger;
  log: Log;
  store: Store;
  connections: Connections;
  signIn: SignIn;
  members: Members;
  presence: Presence;
  rooms: Rooms;
  typing: Typing;
  history: History;
  post: PostMessage;
  change: ChangeMessage;
  tasks: Tasks;
  roster: Roster;
  status: Status;
  runs: Runs;
  resumeFrom: ResumeFrom;
  outbound: Outbound;
}

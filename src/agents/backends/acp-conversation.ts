import type { Answer } from "../../approvals/ask.ts";
import { Refusal } from "../../errors.ts";
import type { Limits } from "../../limits.ts";
import type { Running } from "../processes/program.ts";
import type { Program } from "../programs.ts";
import type { AgentSettings } from "../settings.ts";
import { askOf, chosenOf } from "./acp-permission.ts";
import { promptOf } from "./acp-prompt.ts";
import { toolCall } from "./acp-tools.ts";
import { Updates } from "./acp-updates.ts";
import {
  authRequired,
  connect,
  type Introduction,
  type McpServer,
  type Peer,
  PeerError,
  type PermissionRequest,
  type Session,
} from "./acp-wire.ts";
import type { Desk, RunRequest } from "./backend.ts";
import { aborted } from "./driven.ts";
import type { Telling } from "./telling.ts";

/** The room's tools for one run: over HTTP with a token, or as a command that the agent starts. */
export type McpOffer = ({ readonly url: string; readonly token: string } | { readonly argv: readonly string[] }) & {
  /** Takes them back when the run is over. */
  readonly release?: () => void;
};

/** Where the room's tools come from. `takesHttp`: the agent can use them over HTTP; else only as a command. Null: it gets none. */
export type McpFor = (request: RunRequest, desk: Desk, takesHttp: boolean) => McpOffer | null;

interface Parts {
  readonly limits: Limits;
  readonly mcpFor?: McpFor;
  readonly request: RunRequest;
  readonly desk: Desk;
  readonly telling: Telling;
  readonly stopped: AbortSignal;
  readonly settings: AgentSettings;
  readonly program: Program;
  readonly running: Running;
  /** What each session had cost after its last run. */
  readonly costs: Map<string, number>;
}

/** Sessions whose cost is remembered: more than any team talks to at a time. */
const rememberedSessions = 1_000;

/** Why an agent's turn ended, where its answer does not say so itself. */
const endings: Readonly<Record<string, string>> = {
  max_tokens: "(It stopped here: its model's answer was as long as it may be. Ask it to go on.)",
  max_turn_requests: "(It stopped here: it may ask its model only so often for one request. Ask it to go on.)",
  refusal: "(It refused to go on with this.)",
  cancelled: "(It broke this off by itself.)",
};

/** One request, talked over with one program. */
export class Conversation {
  /** What it said of itself, once it has. */
  introduction: Introduction | undefined;
  private readonly parts: Parts;
  private readonly peer: Peer;
  private readonly updates: Updates;
  private session: string | null = null;
  private offer: McpOffer | null = null;

  constructor(parts: Parts) {
    this.parts = parts;
    const { limits, telling, running, request, costs } = parts;
    const costBefore = request.session === null ? 0 : (costs.get(request.session) ?? 0);
    this.updates = new Updates((event) => telling.tell(event), { stepLimit: limits.agentSteps, costBefore });
    this.peer = connect(
      running,
      {
        update: (update) => this.updates.take(update),
        permission: (asked) => this.permission(asked),
        room: () => telling.room(),
      },
      limits.agentFrameBytes,
    );
  }

  /** Talks until the agent's turn is over. */
  async hold(): Promise<void> {
    const { limits, request, desk, telling, costs, stopped } = this.parts;
    const introduction = await this.introduced();
    if (stopped.aborted) return;
    const { session, goesOn } = await this.enter(introduction);
    this.session = session.sessionId;
    telling.tell({ type: "session", id: session.sessionId });
    await this.chooseModel(session);
    // Stopped before it was asked: there is nothing to cancel then, and it must not begin.
    if (stopped.aborted) return;
    const ending = await this.peer.prompt(session.sessionId, promptOf(request, desk, limits, goesOn));
    this.updates.finish(ending);
    const sentence = stopped.aborted ? undefined : endings[ending.stopReason];
    if (sentence) this.updates.add(sentence);
    const [oldest] = costs.keys();
    if (costs.size >= rememberedSessions && oldest !== undefined) costs.delete(oldest);
    costs.set(session.sessionId, this.updates.sessionCost);
  }

  /** Asks it to stop; resolves when its turn is over. One that has no turn yet has nothing to stop. */
  async stop(talk: Promise<void>): Promise<void> {
    if (this.session === null) return;
    await this.peer.cancel(this.session).catch(() => undefined);
    await talk.catch(() => undefined);
  }

  private async introduced(): Promise<Introduction> {
    const { limits, program } = this.parts;
    const late = `${program.title} did not answer within ${limits.agentStartMs / 1000} s of its start.`;
    const introduction = await inTime(this.peer.initialize(), limits.agentStartMs, late);
    if (introduction.protocolVersion !== 1)
      throw new Refusal(
        "AGENT_OFFLINE",
        `${program.title} speaks version ${introduction.protocolVersion} of the Agent Client Protocol; Parley speaks 1.`,
      );
    this.introduction = introduction;
    return introduction;
  }

  /** Takes the thread's session up again where there is one and the agent can; else begins one. */
  private async enter({ agentCapabilities }: Introduction): Promise<{ session: Session; goesOn: boolean }> {
    const { request, running, telling } = this.parts;
    const { loadSession, mcpCapabilities, sessionCapabilities } = agentCapabilities;
    const servers = this.servers(mcpCapabilities.http);
    const { directory } = running.places;
    const known = request.session;
    if (known !== null) {
      const ways = [
        ...(sessionCapabilities.resume ? [() => this.peer.resume(known, directory, servers)] : []),
        ...(loadSession ? [() => this.peer.load(known, directory, servers)] : []),
      ];
      for (const way of ways) {
        this.updates.isMuted = true;
        try {
          return { session: await way(), goesOn: true };
        } catch (error) {
          if (!(error instanceof PeerError) || error.code === authRequired) throw error;
        } finally {
          this.updates.isMuted = false;
        }
      }
      telling.tell({
        type: "note",
        text: "Its earlier session is gone: it begins anew, with what was said here lately.",
      });
    }
    return { session: await this.peer.begin(directory, servers), goesOn: false };
  }

  /** The run is over: what it was handed for it is taken back. */
  over(): void {
    this.offer?.release?.();
    this.offer = null;
  }

  private servers(takesHttp: boolean): readonly McpServer[] {
    const { mcpFor, request, desk, running } = this.parts;
    const offer = mcpFor?.(request, desk, takesHttp) ?? null;
    this.offer = offer;
    if (offer === null) return [];
    if ("url" in offer) {
      running.hush(offer.token);
      const headers = [{ name: "Authorization", value: `Bearer ${offer.token}` }];
      return takesHttp ? [{ type: "http", name: "parley", url: offer.url, headers }] : [];
    }
    const [command = "", ...args] = offer.argv;
    return [{ name: "parley", command, args, env: [] }];
  }

  /** Agents that offer models are told which; those that do not were told in their command, or decide themselves. */
  private async chooseModel({ sessionId, configOptions }: Session): Promise<void> {
    const { settings, telling } = this.parts;
    const option = configOptions.find(({ category, id }) => category === "model" || id === "model");
    if (settings.model === null || !option) return;
    const value = option.options.find((each) => each.value === settings.model)?.value;
    const unknown = { type: "note", text: `It knows no model "${settings.model}" and goes on with its own.` } as const;
    if (value === undefined) {
      telling.tell(unknown);
      return;
    }
    await this.peer.choose(sessionId, option.id, value).catch((error: unknown) => {
      if (!(error instanceof PeerError)) throw error;
      telling.tell(unknown);
    });
  }

  private async permission({ toolCall: raw, options }: PermissionRequest): Promise<string | null> {
    const { desk, stopped, settings, running, telling } = this.parts;
    if (stopped.aborted) return null;
    // Some ask about what they never announced.
    this.updates.step(raw);
    const call = toolCall.parse(raw);
    const known = this.updates.inputOfStep(call.toolCallId);
    const ask = askOf(options, call, { directory: running.places.directory, known });
    if (settings.approvals === "deny") {
      telling.tell({
        type: "note",
        text: `It wanted to ${ask.title}, and was refused: this agent may do nothing that needs asking.`,
      });
      return chosenOf(options, { outcome: "none", reason: "deadline" });
    }
    const withdrawn = aborted(stopped).then((): Answer => ({ outcome: "none", reason: "stopped" }));
    const answered = desk.ask(ask).catch((error: unknown): Answer => {
      const why = error instanceof Refusal ? error.message : "something went wrong on our side.";
      telling.tell({ type: "note", text: `Nobody could be asked, so it was refused: ${why}` });
      return { outcome: "none", reason: "deadline" };
    });
    return chosenOf(options, await Promise.race([answered, withdrawn]));
  }
}

/** What comes in time. @throws Refusal that it did not */
async function inTime<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Refusal("AGENT_OFFLINE", message)), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

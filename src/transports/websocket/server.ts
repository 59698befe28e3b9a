import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { closeCodes, Refusal, refusalFrom } from "../../errors.ts";
import { securityHeaders } from "../../guards/headers.ts";
import { refusedAnswer } from "../../guards/refused.ts";
import type { Logger } from "../../logger.ts";
import type { PublicFiles } from "../../public-files.ts";
import type { Audience } from "./audience.ts";
import { Connection, type Door } from "./connection.ts";
import { camel } from "./dialects/camel.ts";
import { html } from "./dialects/html.tsx";
import type { Admission, Gate } from "./gate.ts";
import type { Inbound } from "./inbound.ts";
import { createProbe } from "./probe.ts";
import { SocketWire } from "./wire.ts";

/** What a socket carries from its upgrade on. */
interface Upgrade extends Admission {
  connection: Connection | undefined;
  /** Our own, which only finds out whether sockets can be opened. */
  isProbe?: boolean;
}

type Socket = ServerWebSocket<Upgrade>;

interface Parts {
  config: Config;
  clock: Clock;
  logger: Logger;
  gate: Gate;
  /** Where a request comes from, proxies that are trusted left out. */
  addressOf: (headers: Headers, peer: string) => string;
  files: PublicFiles;
  audience: Audience;
  /** Late, because the inbound side needs the servers' topics. */
  inbound: () => Inbound;
}

/** Where the page's socket lives; everything else that upgrades is JSON chat. */
export const pagePath = "/live";
const chatPaths = new Set(["/", "/ws"]);

/** What the app is told of a request beside the request itself. */
export interface Arrival {
  /** Where it comes from, proxies that are trusted left out. */
  readonly address: string;
  /** After how many seconds of waiting its connection is cut; 0 for never: an answer that stays open is no idle one. */
  readonly patience: (seconds: number) => void;
}

/** The addresses Parley listens on, and the topics of all of them as one. */
export interface Listeners {
  /** Answers HTTP requests from now on. Until then they are told to wait. */
  serve(fetch: (request: Request, arrival: Arrival) => Response | Promise<Response>): void;
  /** Ready bytes to the sockets that are subscribed to a topic. */
  publish(topic: string, frame: string): void;
  readonly url: URL;
  readonly websocketUrl: URL | null;
  /** Lets sockets in from now on. Until then, and after `dismiss`, an upgrade gets 503. */
  admit(): void;
  /** Lets none in any more, and closes those that are open with 1012; resolves when they are gone or time is up. */
  dismiss(): Promise<void>;
  /** Opens a socket to each address, as anybody would. @throws Error when that cannot be done */
  prove(): Promise<void>;
  /** Refuses new connections at once; resolves when what is in flight is done or time is up. */
  stop(): Promise<void>;
}

/** What Bun's fetch may give: nothing means the socket was upgraded. */
type Answered = Response | undefined | Promise<Response | undefined>;

/** Opens the sockets: the only place that touches Bun's. Everything a handler does is walled in, because a throw in one would end the process. */
export function listen(parts: Parts): Listeners {
  const { config, clock, logger, gate, addressOf, files, audience } = parts;
  const open = new Set<Socket>();
  let admits = false;
  let emptied: () => void = () => {};
  const probe = createProbe(config.limits);
  const secured = securityHeaders(config);
  let answerHttp: Parameters<Listeners["serve"]>[0] = () =>
    refusedAnswer(new Refusal("SERVICE_UNAVAILABLE", "Parley is starting.", { retryAfter: 1_000 }));

  const websocket: WebSocketHandler<Upgrade> = {
    maxPayloadLength: config.limits.socketFrameBytes,
    backpressureLimit: config.limits.backpressureBytes,
    // A reader that stopped is cut off and resumes; without this Bun would drop its messages and keep the socket.
    closeOnBackpressureLimit: true,
    idleTimeout: config.heartbeatSeconds,
    sendPings: true,
    // For answers to one client (wire.ts). One window for all, so that it weighs nothing while nobody uses it; nothing is carried over from
    // one message to the next. What comes in packed is counted unpacked: beyond `maxPayloadLength` it is 1009 like any other.
    perMessageDeflate: { compress: "shared", decompress: "shared" },
    open: (socket) => wall(socket, opened),
    message: (socket, message) =>
      wall(socket, () => {
        if (typeof message === "string")
          socket.data.connection && parts.inbound().receive(socket.data.connection, message);
        else socket.close(closeCodes.binary, "Text frames only");
      }),
    close: (socket, code, reason) =>
      wall(socket, () => {
        open.delete(socket);
        if (open.size === 0) emptied();
        if (socket.data.connection) parts.inbound().close(socket.data.connection, codeSent(code, reason));
      }),
    error: (error, socket) => wall(socket, () => failed(socket, error)),
  };

  function wall(socket: Socket, act: (socket: Socket) => void): void {
    try {
      act(socket);
    } catch (error) {
      failed(socket, error);
    }
  }

  function failed(socket: Socket, error: unknown): void {
    if (error instanceof Refusal) {
      socket.close(error.code === "CONNECTION_LIMIT" ? closeCodes.tooSlow : closeCodes.abuse, error.code);
      return;
    }
    logger.error("socket.handler", { error, connection: socket.data.connection?.id });
    socket.close(closeCodes.ourFault, "Something went wrong on our side");
  }

  function opened(socket: Socket): void {
    const { door, address, shown, over, isProbe } = socket.data;
    if (isProbe) {
      socket.close(closeCodes.finished);
      return;
    }
    // It was on its way when the last of them were dismissed.
    if (!admits) {
      socket.close(closeCodes.restart, "Not over WebSocket");
      return;
    }
    if (over) {
      socket.close(closeCodes.sessionOver, "SESSION_EXPIRED");
      return;
    }
    open.add(socket);
    const wire = new SocketWire(socket);
    const dialect = door === "page" ? html : camel;
    const connection = new Connection({
      door,
      dialect,
      address,
      shown,
      wire,
      config,
      audience,
      now: clock.now(),
      monotonic: clock.monotonic(),
    });
    socket.data.connection = connection;
    parts.inbound().open(connection);
  }

  function upgrade(request: Request, server: Server<Upgrade>, door: Door): Answered {
    if (!admits) return notNow();
    if (probe.is(request)) return accept(request, server, ownAdmission);
    const admission = gate(request, server.requestIP(request)?.address ?? "", door);
    if (admission instanceof Promise) return admission.then((later) => accept(request, server, later));
    return accept(request, server, admission);
  }

  function accept(
    request: Request,
    server: Server<Upgrade>,
    admission: Omit<Upgrade, "connection"> | Response,
  ): Response | undefined {
    if (admission instanceof Response) return admission;
    if (server.upgrade(request, { data: { ...admission, connection: undefined } })) return undefined;
    const answer = refusedAnswer(new Refusal("INVALID_MESSAGE", "This address speaks WebSocket."), 426);
    answer.headers.set("upgrade", "websocket");
    return answer;
  }

  /** Whatever a server answers leaves with the security headers. */
  function leaving(answer: (request: Request, server: Server<Upgrade>) => Answered) {
    return (request: Request, server: Server<Upgrade>): Answered => {
      const given = answer(request, server);
      return given instanceof Promise ? given.then((later) => later && secured(later)) : given && secured(given);
    };
  }

  /** Closes every open socket with 1012, whose owners come back by themselves. */
  async function dismissAll(): Promise<void> {
    admits = false;
    if (open.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      emptied = resolve;
    });
    for (const socket of [...open]) socket.close(closeCodes.restart, "Not over WebSocket any more");
    await Promise.race([gone, Bun.sleep(config.limits.drainMs)]);
    for (const socket of [...open]) socket.terminate();
  }

  const options = {
    development: false,
    // The app answers for its own bugs; what throws before it is ours all the same, and nobody's stack to read.
    error(error: Error) {
      const report = (reference: string) => logger.error("http.bug", { reference, error });
      return secured(refusedAnswer(refusalFrom(error, report)));
    },
    websocket,
    // Bun refuses without a word what is larger; the app's own, lower limits say what is wrong. It takes no more than is read (measured).
    maxRequestBodySize: config.limits.fileBytes + config.limits.socketFrameBytes,
    idleTimeout: config.limits.idleSeconds,
    // Unless told so, Bun shares a port that another process of ours has: two rooms behind one address.
    reusePort: false,
  } as const;
  const main = Bun.serve<Upgrade>({
    ...options,
    hostname: config.host,
    port: config.port,
    fetch: leaving((request, server) => {
      const pathname = URL.parse(request.url)?.pathname;
      if (pathname === undefined)
        return refusedAnswer(new Refusal("INVALID_MESSAGE", "That address or Host cannot be read."));
      if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
        if (pathname === pagePath) return upgrade(request, server, "page");
        if (chatPaths.has(pathname)) return upgrade(request, server, "chat");
      }
      const file =
        request.method === "GET" ? files.respond(pathname, request.headers.get("accept-encoding")) : undefined;
      if (file) return file;
      const address = addressOf(request.headers, server.requestIP(request)?.address ?? "");
      return answerHttp(request, { address, patience: (seconds) => server.timeout(request, seconds) });
    }),
  });
  const second =
    config.websocketPort === null
      ? null
      : Bun.serve<Upgrade>({
          ...options,
          hostname: config.websocketHost,
          port: config.websocketPort,
          fetch: leaving((request, server) => upgrade(request, server, "chat")),
        });
  const servers = [main, ...(second ? [second] : [])];

  return {
    serve: (fetch) => {
      answerHttp = fetch;
    },
    publish(topic, frame) {
      // Never compressed: it would be done again for each reader, and costs eleven times the sending.
      for (const server of servers) server.publish(topic, frame, false);
    },
    url: main.url,
    websocketUrl: second?.url ?? null,
    admit() {
      admits = true;
    },
    dismiss: dismissAll,
    async prove() {
      for (const server of servers) await probe.open(server.url);
    },
    async stop() {
      const drained = Promise.all(servers.map((server) => server.stop()));
      for (const socket of open) socket.close(closeCodes.restart, "Restarting");
      await Promise.race([drained, Bun.sleep(config.limits.drainMs)]);
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}

/** A socket that nobody has. */
const ownAdmission = { door: "chat", address: "", shown: null, over: false, isProbe: true } as const;

/** Sockets are off, not the server: pages go on over HTTP. */
function notNow(): Response {
  const words = "This room is not talked through over WebSocket now. Pages and the API go on over HTTP.";
  return refusedAnswer(new Refusal("TRANSPORT_UNAVAILABLE", words, { retryAfter: 10_000 }));
}

/** Where Bun itself ends a socket, its handler hears 1006 and the words that went with the code: this is the code. */
function codeSent(code: number, reason: string): number {
  if (code !== 1006 || reason === "") return code;
  if (reason.includes("too big")) return closeCodes.tooLarge;
  return reason.includes("UTF-8") ? 1007 : 1002;
}

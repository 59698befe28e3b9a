import type { Config } from "../../config.ts";
import { Bucket } from "../../limiter.ts";
import type { Identity } from "../../people/identity.ts";
import type { Room } from "../../rooms/room.ts";
import type { Rooms } from "../../rooms/rooms.ts";
import type { Audience } from "./audience.ts";
import { channelsOf, topicName } from "./channels.ts";
import type { Dialect } from "./dialects/dialect.ts";

/** What a connection needs of a socket, or of a stream over HTTP that takes its place. */
export interface Wire {
  /**
   * @param seq what a client that has this frame may come back with; 0 where it does not say so
   * @param isSecret whether it holds what only its reader may know: then it is not packed, because how small it becomes tells of it
   */
  send(frame: string, seq?: number, isSecret?: boolean): void;
  close(code: number, reason: string): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
}

/** Which door a socket came to: the page's, or the JSON chat's. */
export type Door = "page" | "chat";

/** What carries a connection: a socket, a stream over HTTP, or one request that waits for an answer. */
export type Carrier = "socket" | "stream" | "poll";

/** One open socket, or what stands for one over HTTP, and what it was told to be told. */
export class Connection {
  readonly id = crypto.randomUUID();
  readonly door: Door;
  readonly carrier: Carrier;
  readonly address: string;
  readonly openedAt: number;
  readonly wire: Wire;
  /** Shown at the upgrade, by cookie, bearer, key or ticket; the first frame may only agree with it. */
  readonly shown: Identity | null;
  /** Told of each identity the socket gets. */
  whenIdentified: ((identity: Identity) => void) | undefined;
  dialect: Dialect;
  /** Frames of one moment may be sent as one. */
  batch = false;
  lastActivity: number;
  /** Whether anything but pings came since its session was last looked at: an open tab alone keeps no session alive. */
  used = false;
  /** Whether it has sent anything at all. */
  hasSpoken = false;
  sent = 0;
  /** Rooms whose messages it gets. */
  readonly rooms = new Set<Room>();
  /** What it asked to hear beside messages: `presence typing agents tasks help approvals`. */
  readonly topics = new Set<string>();
  readonly agents = new Set<number>();
  /** The task whose own page it is; null for every other page and for programs. */
  task: number | null = null;
  /** How far a member hears; known from the moment the socket is somebody's. */
  reachOf: Rooms["reachOf"] | undefined;
  authTimer: Timer | undefined;
  leave: (() => void) | undefined;
  /** An auth frame is on its way through the log; frames that follow it wait their turn. */
  admitting: string[] | null = null;
  closed = false;
  private whose: Identity | null = null;
  private readonly audience: Audience;
  private hears = false;
  private subscribed = new Set<string>();
  private badFrames: number[] = [];
  private readonly frames: Bucket;
  private pings: Bucket | undefined;
  /** Most sockets take up where they were once: there is none until then. */
  private resumes: Bucket | undefined;
  private readonly config: Config;

  constructor(options: {
    door: Door;
    carrier?: Carrier;
    dialect: Dialect;
    address: string;
    shown: Identity | null;
    wire: Wire;
    config: Config;
    audience: Audience;
    now: number;
    monotonic: number;
  }) {
    this.door = options.door;
    this.carrier = options.carrier ?? "socket";
    this.dialect = options.dialect;
    this.address = options.address;
    this.shown = options.shown;
    this.wire = options.wire;
    this.config = options.config;
    this.audience = options.audience;
    this.openedAt = options.now;
    this.lastActivity = options.now;
    this.frames = new Bucket(options.config.limits.frameRate, options.config.limits.frameBurst, options.monotonic);
  }

  get identity(): Identity | null {
    return this.whose;
  }

  set identity(identity: Identity | null) {
    this.whose = identity;
    if (identity) this.whenIdentified?.(identity);
  }

  /** @returns 0, or the ms to wait because this socket sends faster than any person or program should */
  takeFrame(monotonic: number): number {
    return this.frames.take(monotonic);
  }

  /** Takes one of the pings that cost nothing. @returns whether there was one */
  takePing(monotonic: number): boolean {
    const { pingRate, pingBurst } = this.config.limits;
    this.pings ??= new Bucket(pingRate, pingBurst, monotonic);
    return this.pings.take(monotonic) === 0;
  }

  /** @returns 0, or the ms to wait because this socket was given what it missed a moment ago */
  takeResume(monotonic: number): number {
    const { resumeRate, resumeBurst } = this.config.limits;
    this.resumes ??= new Bucket(resumeRate, resumeBurst, monotonic);
    return this.resumes.take(monotonic);
  }

  /** Counts a frame that could not be understood. @returns whether there were too many of late */
  isAbuse(monotonic: number): boolean {
    const { badFrames, badFrameWindowMs } = this.config.limits;
    this.badFrames = this.badFrames.filter((at) => monotonic - at < badFrameWindowMs);
    this.badFrames.push(monotonic);
    return this.badFrames.length >= badFrames;
  }

  /** Sends frames of one moment, as one where this client takes that. @param seqs of each frame, as `Wire.send` has it */
  deliver(frames: readonly string[], seqs: readonly number[] = []): void {
    if (frames.length === 0) return;
    if (this.dialect.name === "html" || (this.batch && frames.length > 1)) this.wire.send(this.dialect.join(frames, 0));
    else for (const [index, frame] of frames.entries()) this.wire.send(frame, seqs[index]);
  }

  /** The name of a channel for sockets that read as this one does. */
  topic(channel: string): string {
    return topicName(channel, this.dialect.name, this.batch);
  }

  /** Brings the socket's subscriptions in line with its rooms, topics and agents: each event reaches it once. */
  subscribe(): void {
    if (!this.hears) this.audience.enter(this.dialect.name, this.batch);
    this.hears = true;
    const wanted = new Set<string>();
    const { rooms, topics, agents, dialect, identity, task } = this;
    const reach = () => (identity && this.reachOf?.(identity.member)) ?? { everywhere: true, rooms: [] };
    const hearing = { rooms, topics, agents, dialect, task, reach, memberId: identity?.member.id };
    for (const channel of channelsOf(hearing)) wanted.add(this.topic(channel));
    for (const topic of this.subscribed) {
      if (wanted.has(topic)) continue;
      this.wire.unsubscribe(topic);
      this.audience.leave(topic);
    }
    for (const topic of wanted) {
      if (this.subscribed.has(topic)) continue;
      this.wire.subscribe(topic);
      this.audience.join(topic);
    }
    this.subscribed = wanted;
  }

  /** The socket is gone, and with it its subscriptions. */
  end(): void {
    this.closed = true;
    if (this.hears) this.audience.exit(this.dialect.name, this.batch);
    this.hears = false;
    for (const topic of this.subscribed) this.audience.leave(topic);
    this.subscribed.clear();
  }

  unsubscribe(channel: string): void {
    this.wire.unsubscribe(this.topic(channel));
  }

  resubscribe(channel: string): void {
    if (this.subscribed.has(this.topic(channel))) this.wire.subscribe(this.topic(channel));
  }
}

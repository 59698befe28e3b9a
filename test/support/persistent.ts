import { waitFor } from "./round.ts";
import type { TestServer } from "./server.ts";
import type { Talker } from "./talker.ts";

/** Somebody who talks all the time: comes back whenever they are closed, and says again what was not acknowledged. */
export class Persistent {
  readonly talker: Talker;
  private readonly server: TestServer;
  private readonly everyMs: number;
  private said = 0;
  protected going = true;
  private readonly done: Promise<void>;

  /** @param everyMs how far apart they write */
  constructor(server: TestServer, talker: Talker, everyMs: number) {
    this.server = server;
    this.talker = talker;
    this.everyMs = everyMs;
    this.done = this.live();
  }

  private async live(): Promise<void> {
    while (this.going) {
      if (!this.talker.isOnline) await this.comeBack();
      this.turn();
      await Bun.sleep(this.everyMs);
    }
  }

  /** What they do each time. */
  protected turn(): void {
    this.talker.say(`${this.talker.name} ${this.talker.name} says ${this.said++}.`);
  }

  /** Refused while the room is not talked through over WebSocket: then they try again. */
  private async comeBack(): Promise<void> {
    await this.talker.connect(this.server.ws).then(
      () => this.talker.repeat(),
      () => undefined,
    );
  }

  /** Says nothing new; what is owed is acknowledged in the end. */
  async end(): Promise<void> {
    this.going = false;
    await this.done;
    while (!this.talker.isOnline) await this.comeBack();
    await waitFor(() => this.talker.owed.size === 0, `everything of ${this.talker.name} is acknowledged`);
    await this.talker.settled();
  }
}

import type { Update } from "grammy/types";
import type { Inbox } from "../../../src/transports/telegram/poll.ts";

/** Keeps the texts it was handed, as a database would. */
export class Kept implements Inbox {
  readonly texts: string[] = [];
  readonly passedOver: number[] = [];
  stored: number | undefined;
  fails: (update: Update) => void = () => {};

  next() {
    return this.stored;
  }
  async handle(update: Update) {
    this.fails(update);
    this.texts.push(update.message?.text ?? "?");
    this.stored = update.update_id + 1;
  }
  passOver({ update_id }: Update) {
    this.passedOver.push(update_id);
    this.stored = update_id + 1;
  }
}

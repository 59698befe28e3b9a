import { defaultLimits } from "../../limits.ts";
import type { Wire } from "./connection.ts";

/** What of an open socket is used. */
interface Socket {
  sendText(frame: string, packed?: boolean): unknown;
  close(code: number, reason: string): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
}

/** One object a socket, its methods shared by all: a closure each would be most of what an idle connection weighs. */
export class SocketWire implements Wire {
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Long answers to one client are packed where it takes that: history, what was missed, a whole list. */
  send(frame: string, _seq?: number, isSecret = false): void {
    this.socket.sendText(frame, frame.length > defaultLimits.packedCharacters && !isSecret);
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  subscribe(topic: string): void {
    this.socket.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.socket.unsubscribe(topic);
  }
}

import type { Wire } from "./connection.ts";

/** What of an open socket is used. */
interface Socket {
  sendText(frame: string): unknown;
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

  send(frame: string): void {
    this.socket.sendText(frame);
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

import { connect } from "node:net";

/** An answer to an upgrade request, as it came over the wire. */
export interface Handshake {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks for an upgrade with exactly these header lines, also with ones that no honest client would send.
 * @param http the server's address, `http://127.0.0.1:port`
 */
export function handshake(http: string, lines: readonly string[], path = "/ws"): Promise<Handshake> {
  const { hostname, port, host } = new URL(http);
  const hasHost = lines.some((line) => line.toLowerCase().startsWith("host:"));
  const request = [
    `GET ${path} HTTP/1.1`,
    ...(hasHost ? [] : [`Host: ${host}`]),
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64")}`,
    ...lines,
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${request.join("\r\n")}\r\n\r\n`));
    socket.on("error", reject);
    socket.on("data", (bytes) => {
      const [head = "", body = ""] = bytes.toString("latin1").split("\r\n\r\n");
      socket.destroy();
      resolve({ status: Number(head.split(" ")[1]), body });
    });
  });
}

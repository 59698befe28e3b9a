/**
 * A request for a socket, right in all its lines but those that are changed: null leaves a header out, and a name that differs in its
 * letters only adds one.
 * @param http the server's address, `http://127.0.0.1:port`
 */
export function upgradeRequest(http: string, change: { line?: string } & Record<string, string | null> = {}): string {
  const { line = "GET /ws HTTP/1.1", ...changed } = change;
  const headers: Record<string, string | null> = {
    host: new URL(http).host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...changed,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\r\n`]));
  return `${line}\r\n${lines.join("")}\r\n`;
}

/** Names of the states a connection goes through, by the kernel's numbers. */
const states: Readonly<Record<string, string>> = {
  "01": "established",
  "04": "ending",
  "05": "ending",
  "06": "ended",
  "08": "left",
};

/** How a server's end of a connection is, as the kernel sees it. @returns "gone" when there is none */
export async function tcpState(serverPort: number, clientPort: number): Promise<string> {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = (await Bun.file("/proc/net/tcp").text()).split("\n").map((line) => line.trim().split(/\s+/));
  const found = lines.find(
    ([, local = "", remote = ""]) => local.endsWith(hex(serverPort)) && remote.endsWith(hex(clientPort)),
  );
  return found ? (states[found[3] ?? ""] ?? `state ${found[3]}`) : "gone";
}

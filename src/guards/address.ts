import { BlockList, isIP, isIPv6 } from "node:net";
import type { Config } from "../config.ts";

/**
 * Where a request really comes from. The peer, unless that is a proxy that TRUSTED_PROXY names: then the last address in
 * X-Forwarded-For that is not such a proxy. Everything before that one is the client's own word. Where a proxy wrote what cannot be
 * read, nobody knows: such a request must not count as one of this machine, which the proxy often is on.
 */
export function createAddressOf({ trustedProxies }: Config): (headers: Headers, peer: string) => string {
  const trusted = new BlockList();
  for (const network of trustedProxies) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    trusted.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");

  return (headers, rawPeer) => {
    const peer = plain(rawPeer);
    if (trustedProxies.length === 0 || !isTrusted(peer)) return peer;
    const forwarded = headers.get("x-forwarded-for");
    if (forwarded === null) return peer;
    const chain = forwarded.split(",").map(plain);
    for (const address of chain.reverse()) {
      if (isIP(address) === 0) return nowhere;
      if (!isTrusted(address)) return address;
    }
    return peer;
  };
}

/** Where requests come from that a proxy passed on in words that cannot be read. No address, so in no network, and all of them in one count. */
const nowhere = "unknown";

/** An address as it is compared and shown: no brackets, no port after IPv4, IPv4 not dressed up as IPv6. */
function plain(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[|\](:\d+)?$/g, "")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return bare.replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, "$1");
}

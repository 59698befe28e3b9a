import type { Desk, RunRequest } from "../agents/backends/backend.ts";
import type { Passes } from "../agents/tools/pass.ts";

/** How a program that works for an agent gets the room's tools: over HTTP, or by a command that speaks for it. */
export type McpOffer =
  | { readonly url: string; readonly token: string }
  | { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly token: string };

interface Parts {
  passes: Passes;
  /** Where this machine reaches the server, without a slash at its end. */
  address: () => string;
  /** What runs this very program. */
  program: readonly string[];
}

/** Mints a pass for a run and says how it is used. Its owner calls `passes.release(marker)` when the run is over. */
export function createOffers({ passes, address, program }: Parts) {
  return (request: RunRequest, takesHttp = true, desk?: Pick<Desk, "ask" | "signal">): McpOffer => {
    const token = passes.mint(request, desk);
    const url = `${address()}/mcp`;
    if (takesHttp) return { url, token };
    // In the environment and not among the words of the command, which everybody on the machine can read.
    return { argv: [...program, "mcp"], env: { PARLEY_MCP_URL: url, PARLEY_MCP_TOKEN: token }, token };
  };
}

import { z } from "zod";
import type { Endpoint } from "./openai-endpoint.ts";
import { textWithin } from "./openai-stream.ts";
import { lostOf, troubleOf } from "./openai-trouble.ts";

/** Some services have thousands of models. */
const listBytes = 4 * 1024 * 1024;

const list = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Asks a service for its models, to say what is missing before anybody waits for an answer; null when nothing is. */
export async function whatIsMissing(endpoint: Endpoint, ms: number): Promise<string | null> {
  const { address, key, model, title } = endpoint;
  try {
    const response = await fetch(`${address}/models`, {
      redirect: "manual",
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(ms),
    });
    // Not every service has a list, and some only for those who may administer it.
    if (response.status === 404 || response.status === 405) return null;
    if (!response.ok) return (await troubleOf(response, endpoint)).message;
    const models =
      list.safeParse(JSON.parse(await textWithin(response, listBytes))).data?.data.map(({ id }) => id) ?? [];
    if (models.length === 0 || models.some((id) => id === model || id === `${model}:latest`)) return null;
    const some = models.slice(0, 8).join(", ");
    return `${title} has no model "${model}". It has: ${some}${models.length > 8 ? " and others" : ""}.`;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "TimeoutError")
      return `${title} did not answer within ${Math.round(ms / 1_000)} s.`;
    // A list that is none says nothing about the model.
    if (thrown instanceof SyntaxError) return null;
    const lost = lostOf(thrown, endpoint);
    if (!lost) throw thrown;
    return lost.message;
  }
}

import type { Child } from "hono/jsx";
import { Moment } from "./moment.tsx";
import { count, deviceWords, permissionWords } from "./people/words.ts";

/** What is kept beside an entry, as one would say it: "by password, Firefox on Linux". */
export function Detail({ json }: { json: string }) {
  const facts = factsIn(json);
  if (facts.length === 0) return null;
  return (
    <span class="detail" dir="auto" title={json}>
      {facts.map(([name, value], index) => (
        <>
          {index > 0 && ", "}
          {said(name, value)}
        </>
      ))}
    </span>
  );
}

/** What each kept field means. What is not among these is said by its name. */
const words: Readonly<Record<string, (value: unknown) => Child>> = {
  method: (value) => `by ${value}`,
  by: (value) => `by ${value}`,
  door: (value) => (value === "page" ? "on the page" : `by ${value}`),
  device: (value) => deviceWords(String(value)),
  client: (value) => `"${value}"`,
  name: (value) => `"${value}"`,
  prefix: (value) => `${value}…`,
  kind: (value) => String(value),
  role: (value) => `role ${value}`,
  title: (value) => `title ${value}`,
  outside: () => "vouched for by the outside issuer",
  visibility: (value) => String(value),
  backend: (value) => `backend ${value}`,
  id: (value) => `number ${value}`,
  except: () => "but for the one they were in",
  resetId: () => "by a link",
  reused: () => "its token came twice",
  maxUses: (value) => count(Number(value), "use", "uses"),
  expiresAt: (value) => <Ends at={Number(value)} />,
  permissions: (value) => `may ${list(value, permissionWords)}`,
  scope: (value) => `may ${list(String(value).split(" "), permissionWords)}`,
  rooms: (value) => (Array.isArray(value) && value.length > 0 ? `in ${list(value)}` : "no rooms"),
  code: (value) => `code ${value}`,
  seconds: (value) => `after ${value} s`,
  times: (value) => `${value} times`,
  unknown: () => "a name nobody bears",
  route: (value) => String(value),
  more: (value) => `${value} more`,
  from: (value) => `from ${value}`,
  reason: (value) => `"${value}"`,
  durationMs: (value) => `in ${value} ms`,
  automatic: (value) => (value === true ? "by itself" : "by hand"),
  telegramId: (value) => `Telegram ${value}`,
  chatId: (value) => `chat ${value}`,
  threadId: (value) => `topic ${value}`,
  enabled: (value) => (value === true ? "WebSockets on" : "WebSockets off"),
  percent: (value) => `for ${value} % of people`,
};

function said(name: string, value: unknown): Child {
  const known = Object.hasOwn(words, name) ? words[name] : undefined;
  if (known) return known(value);
  return `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`.trim();
}

function Ends({ at }: { at: number }) {
  // Whatever else stands there is shown as it is.
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return <>ends {String(at)}</>;
  return (
    <>
      until <Moment at={at} format="date" />
    </>
  );
}

function list(value: unknown, wordOf: (value: string) => string = String): string {
  return Array.isArray(value) ? value.map((each) => wordOf(String(each))).join(", ") : String(value);
}

function factsIn(json: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(json) as Record<string, unknown>);
  } catch {
    return json === "" ? [] : [["", json]];
  }
}

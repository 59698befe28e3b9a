import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue, closeCodeOf, closeCodes, closings, Refusal, type RefusalCode, refusalFrom } from "../src/errors.ts";
import { Layout } from "../views/layout.tsx";

const codes = Object.keys(catalogue) as RefusalCode[];

describe("the catalogue of refusals", () => {
  test("holds exactly the codes of the wire contract", () => {
    const contract =
      "INVALID_JSON INVALID_MESSAGE UNKNOWN_MESSAGE_TYPE MESSAGE_TOO_LARGE MISSING_USER_ID NOT_AUTHENTICATED AUTH_FAILED AUTH_TIMEOUT SESSION_EXPIRED PERMISSION_DENIED RATE_LIMITED CONNECTION_LIMIT NOT_FOUND CONFLICT AGENT_NOT_FOUND AGENT_OFFLINE AGENT_BUSY QUEUE_FULL COMMAND_NOT_FOUND COMMAND_TIMEOUT TRANSPORT_UNAVAILABLE SERVICE_UNAVAILABLE INTERNAL_ERROR";
    expect([...codes].sort()).toEqual(contract.split(" ").sort() as RefusalCode[]);
  });

  test.each(codes)("%s has an HTTP status of a refusal and a sentence for a person", (code) => {
    const { status, message } = catalogue[code];
    expect(status).toBeWithin(400, 600);
    expect(message).toMatch(/^[A-Z].*\.$/);
    const refusal = new Refusal(code);
    expect({ status: refusal.status, message: refusal.message }).toEqual({ status, message });
  });

  test("a socket ends only with the codes that its client cannot go on after", () => {
    const closing = codes.filter((code) => closeCodeOf(code) !== undefined).sort();
    expect(closing).toEqual(["AUTH_FAILED", "AUTH_TIMEOUT", "CONNECTION_LIMIT", "SESSION_EXPIRED"]);
    expect(closeCodeOf("SESSION_EXPIRED")).toBe(closeCodes.sessionOver);
    expect(closeCodeOf("CONNECTION_LIMIT")).toBe(closeCodes.tooSlow);
    expect(closeCodeOf("RATE_LIMITED")).toBeUndefined();
  });
});

describe("the table of close codes", () => {
  const rows = Object.values(closings);

  test("is the one that PROTOCOL.md shows, row for row", () => {
    const text = readFileSync(join(import.meta.dir, "../PROTOCOL.md"), "utf8");
    const shown = [...text.matchAll(/^\| (\d{4}) \| (.+) \| (yes|no) \|$/gm)].map(([, code, words, comesBack]) => ({
      code: Number(code),
      comesBack: comesBack === "yes",
      words,
    }));
    expect(shown).toEqual(rows as typeof shown);
  });

  test("is what the page goes by: it comes back after exactly those codes", () => {
    const assets = new Proxy({}, { get: () => "/x" });
    const html = String(Layout({ title: "", assets }));
    const config = JSON.parse(
      (/name="htmx-config" content="([^"]*)"/.exec(html)?.[1] ?? "").replaceAll("&quot;", '"'),
    ) as { ws: { reconnectCodes: number[] } };
    expect(config.ws.reconnectCodes).toEqual(rows.filter(({ comesBack }) => comesBack).map(({ code }) => code));
  });

  test("has each code once, in order, and a name for each", () => {
    const codes = rows.map(({ code }) => code as number);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(Object.values(closeCodes)).toEqual(codes as (typeof closeCodes)[keyof typeof closeCodes][]);
  });
});

describe("what is thrown", () => {
  test("a refusal is shown as it is, and nobody is alarmed", () => {
    const refusal = new Refusal("RATE_LIMITED", "Wait.", { retryAfter: 250 });
    const shown = refusalFrom(refusal, () => {
      throw new Error("a refusal is not a bug");
    });
    expect(shown).toBe(refusal);
    expect(shown.retryAfter).toBe(250);
  });

  test("a bug is shown by a reference that its report carries, and by nothing of its own words", () => {
    const bug = new Error("SELECT secret FROM sessions");
    const reports: [string, unknown][] = [];
    const shown = refusalFrom(bug, (reference, thrown) => reports.push([reference, thrown]));
    expect(shown.code).toBe("INTERNAL_ERROR");
    expect(reports).toHaveLength(1);
    const [reference, thrown] = reports[0] ?? [];
    expect(thrown).toBe(bug);
    expect(shown.message).toBe(`Something went wrong on our side (ref ${reference}).`);
    expect(reference).toMatch(/^[0-9a-f]{8}$/);
  });

  test("even something that is no error becomes a refusal", () => {
    expect(refusalFrom("oh", () => {}).code).toBe("INTERNAL_ERROR");
    expect(refusalFrom(undefined, () => {}).code).toBe("INTERNAL_ERROR");
  });
});

import { describe, expect, test } from "bun:test";
import { catalogue, closeCodeOf, closeCodes, Refusal, type RefusalCode, refusalFrom } from "../src/errors.ts";

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

import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { refuseInvalid } from "../../src/guards/validation.ts";
import { refusalOf } from "../support/house.ts";

const hiring = z.object({ name: z.string(), terms: z.object({ hours: z.number() }) });

describe("a request that does not fit its schema", () => {
  test("is refused by the name of the field, however deep", () => {
    const refusal = refusalOf(() => refuseInvalid(hiring.safeParse({ name: "alice", terms: { hours: "many" } })));
    expect(refusal.code).toBe("INVALID_MESSAGE");
    expect(refusal.message).toStartWith('"terms.hours": ');
  });

  test("is refused as a whole when it is something else altogether", () => {
    expect(refusalOf(() => refuseInvalid(hiring.safeParse("alice"))).message).toStartWith('"request": ');
    expect(refusalOf(() => refuseInvalid({ success: false })).message).toBe('"request": not valid.');
  });

  test("and one that fits is let through", () => {
    refuseInvalid(hiring.safeParse({ name: "alice", terms: { hours: 8 } }));
  });
});

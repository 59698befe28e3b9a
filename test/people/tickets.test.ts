import { describe, expect, test } from "bun:test";
import { acting, type Identity } from "../../src/people/identity.ts";
import { ticketMs } from "../../src/people/tickets.ts";
import { type House, openHouse, refusalOf } from "../support/house.ts";

function shown(house: House, name: string): Identity {
  return { member: acting(house.person(name), "10.0.0.1"), proof: { kind: "session", id: 7 }, expiresAt: null };
}

const words = "That ticket was used or is too old: ask for another.";

describe("mira's ticket", () => {
  test("is hers, as what she showed when she asked for it", () => {
    using house = openHouse();
    const mira = shown(house, "mira");
    const ticket = house.tickets.issue(mira);
    expect(Buffer.from(ticket, "base64url")).toHaveLength(32);
    expect(house.tickets.redeem(ticket)).toEqual(mira);
  });

  test("works once", () => {
    using house = openHouse();
    const ticket = house.tickets.issue(shown(house, "mira"));
    house.tickets.redeem(ticket);
    const { code, message } = refusalOf(() => house.tickets.redeem(ticket));
    expect([code, message]).toEqual(["AUTH_FAILED", words]);
  });

  test("works for 30 seconds and no longer, and is used up by being tried too late", () => {
    using house = openHouse();
    const [early, late] = [house.tickets.issue(shown(house, "mira")), house.tickets.issue(shown(house, "mira"))];
    house.clock.advance(ticketMs - 1);
    expect(house.tickets.redeem(early).member.name).toBe("mira");
    house.clock.advance(1);
    expect(refusalOf(() => house.tickets.redeem(late)).message).toBe(words);
    expect(ticketMs).toBe(30_000);
  });

  test("is not guessed from tomas's, and an unknown one has the same words", () => {
    using house = openHouse();
    const ticket = house.tickets.issue(shown(house, "tomas"));
    for (const guess of ["", "x", ticket.slice(1), ticket.toLowerCase(), `${ticket}=`])
      expect(refusalOf(() => house.tickets.redeem(guess)).message).toBe(words);
    expect(house.tickets.redeem(ticket).member.name).toBe("tomas");
  });
});

test("no more than 10,000 wait: the oldest give way", () => {
  using house = openHouse();
  const mira = shown(house, "mira");
  const tickets = Array.from({ length: 10_001 }, () => house.tickets.issue(mira));
  expect(refusalOf(() => house.tickets.redeem(tickets[0] ?? "")).code).toBe("AUTH_FAILED");
  expect(house.tickets.redeem(tickets[1] ?? "")).toEqual(mira);
  expect(house.tickets.redeem(tickets.at(-1) ?? "")).toEqual(mira);
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Client } from "../../support/client.ts";
import { signIn } from "../../support/server.ts";
import { openTown, type Town } from "../../support/telegram/town.ts";

let town: Town;
let ada: Client;
let cookie: string;
beforeEach(async () => {
  town = await openTown();
  ada = await Client.camel(town.server.ws, "ada");
  cookie = await signIn(town.server, "nora");
});
afterEach(async () => {
  await ada.close();
  await town[Symbol.asyncDispose]();
});

const here = (path: string, method = "GET") =>
  fetch(`${town.server.http}${path}`, { method, headers: { cookie, origin: town.server.http } });

async function codeOfNora(): Promise<string> {
  const answer = await here("/api/v1/telegram/code", "POST");
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { code: string }).code;
}

const nora = () => town.telegram.person(700, "Nora on the phone", "nora_p");
const told = (person: ReturnType<typeof nora>, words: string) =>
  town.telegram.until(() => town.telegram.said(person.private).some(({ text }) => text.includes(words)), `"${words}"`);

describe("a private chat with the bot", () => {
  test("belongs to nobody until a code of the page is said in it, once", async () => {
    const phone = nora();
    phone.says(phone.private, "hello?");
    await told(phone, "/settings/telegram");
    const code = await codeOfNora();
    phone.says(phone.private, `/link ${code}`);
    await told(phone, "you are nora");
    phone.says(phone.private, "from the phone");
    const { data } = await ada.next("message", (frame) => frame.data.text === "from the phone");
    expect(data).toMatchObject({ sender: "nora", origin: "telegram", room: "general" });
    await ada.say("seen on the phone");
    await told(phone, "seen on the phone");

    const thief = town.telegram.person(701, "Somebody");
    thief.says(thief.private, `/link ${code}`);
    await told(thief, "That code is not one");
    const { links } = (await (await here("/api/v1/telegram")).json()) as { links: { id: number; name: string }[] };
    expect(links).toMatchObject([{ id: 700, name: "Nora on the phone (@nora_p)" }]);
  });

  test("codes cannot be guessed: after five that were wrong the right one is not looked at", async () => {
    const code = await codeOfNora();
    const thief = town.telegram.person(702, "Somebody");
    for (let tries = 0; tries < 5; tries += 1) thief.says(thief.private, "/link BCDF-GHJK");
    thief.says(thief.private, `/link ${code}`);
    await told(thief, "Too many attempts");
    expect(town.telegram.texts(thief.private).join()).not.toContain("nora");
  });

  test("obeys nobody who only passes on a command; and a code that is passed on is void, wherever it is", async () => {
    const phone = nora();
    phone.says(phone.private, `/link ${await codeOfNora()}`);
    await told(phone, "you are nora");
    phone.passesOn(phone.private, "/unlink", { type: "hidden_user", sender_user_name: "Eve", date: 1 });
    const { data } = await ada.next("message", (frame) => frame.data.text.includes("/unlink"));
    expect(data).toMatchObject({ sender: "nora", text: "*Forwarded from Eve:*\n\n/unlink" });

    const origin = { type: "user", date: 1, sender_user: phone.user } as const;
    const thief = town.telegram.person(701, "Somebody");
    const code = await codeOfNora();
    town.mira.passesOn(town.team, `/link ${code}`, origin);
    await town.telegram.until(() => town.telegram.texts(town.team).some((text) => text.includes("void")), "the advice");
    const another = await codeOfNora();
    thief.passesOn(thief.private, `/link ${another}`, origin);
    await told(thief, "void");
    for (const each of [code, another]) thief.says(thief.private, `/link ${each}`);
    const refused = () => town.telegram.texts(thief.private).filter((text) => text.startsWith("That code is not one"));
    await town.telegram.until(() => refused().length === 2, "both refused");
    expect(town.telegram.texts(town.team).join()).not.toContain("*Forwarded");
  });

  test("an administrator who switches everybody away from it there hears that it is done, and nothing more", async () => {
    const admin = { cookie: await signIn(town.server, "root", "admin"), origin: town.server.http };
    const made = await fetch(`${town.server.http}/api/v1/telegram/code`, { method: "POST", headers: admin });
    const phone = town.telegram.person(800, "Root");
    phone.says(phone.private, `/link ${((await made.json()) as { code: string }).code}`);
    await told(phone, "you are root");
    phone.says(phone.private, "/transport websocket");
    await told(phone, "Everybody talks over WebSocket now.");
    await ada.say("not for the phone");
    await town.telegram.until(() => town.server.parley.transports.telegram?.isConnected() === false, "the end of it");
    expect(town.telegram.texts(phone.private).at(-1)).toBe("Everybody talks over WebSocket now.");
  });

  test("an answer grows in a draft and is then said once", async () => {
    const phone = nora();
    phone.says(phone.private, `/start ${await codeOfNora()}`);
    await told(phone, "you are nora");
    phone.says(phone.private, "@alice what can you do?");
    await told(phone, "alice");
    await ada.next("agent_response");
    const drafts = () => town.telegram.callsOf("sendMessageDraft").map(({ status }) => status);
    await town.telegram.until(() => drafts().includes(200), "a draft that is taken");
    // One that comes too soon after another is dropped for the next; none is refused for what is in it.
    expect(drafts().filter((status) => ![200, 429, null].includes(status))).toEqual([]);
  });

  test("shows the room that was chosen, of those its member may read, and loses what they may not read any more", async () => {
    const phone = nora();
    phone.says(phone.private, `/link ${await codeOfNora()}`);
    await told(phone, "you are nora");
    const make = (name: string, more = {}) =>
      fetch(`${town.server.http}/api/v1/rooms`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, ...more }),
      });
    await make("board", { private: true });
    await make("ops");
    phone.says(phone.private, "/show board");
    await told(phone, "There is no such room, or you may not see it.");
    phone.says(phone.private, "/show ops");
    await told(phone, "This chat shows #ops");
    ada.send({ type: "subscribe", data: { topics: ["room:ops"] } });
    phone.says(phone.private, "who is on duty?");
    const { data } = await ada.next("message", (frame) => frame.data.text === "who is on duty?");
    expect(data).toMatchObject({ room: "ops", sender: "nora" });
    phone.says(phone.private, "/show off");
    await told(phone, "shows no room now");
    await ada.say("not for the phone");
    phone.says(phone.private, "anybody?");
    await told(phone, "choose one with");
    expect(town.telegram.texts(phone.private).join()).not.toContain("not for the phone");
  });

  test("unlinked on the page, it is nobody's at once", async () => {
    const phone = nora();
    phone.says(phone.private, `/link ${await codeOfNora()}`);
    await told(phone, "you are nora");
    expect((await here("/api/v1/telegram/700", "DELETE")).status).toBe(200);
    phone.says(phone.private, "still me");
    await told(phone, "I speak with members of this workspace only");
    await ada.say("for members only");
    phone.says(phone.private, "and now?");
    await town.telegram.until(() => town.telegram.world.updates.pending.length === 0, "everything taken in");
    expect(town.telegram.texts(phone.private).join()).not.toContain("for members only");
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { pieces } from "../support/markup.ts";
import { type Got, invited, owner, Reader } from "../support/reader.ts";
import { startServer, type TestServer } from "../support/server.ts";

const password = "seven quiet lanterns";
let server: TestServer;
let olga: Reader;
let tomas: Reader;
let vera: Reader;

beforeAll(async () => {
  const limits = { signInAttempts: 1_000, addressAttempts: 1_000, nameAttempts: 1_000 };
  server = await startServer({ env: { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" }, limits });
  olga = await owner(server, "olga", password);
  tomas = await invited(server, olga, "tomas", "developer", password);
  vera = await invited(server, olga, "vera", "viewer", password);
});
afterAll(() => server.stop());

const words = ({ html }: Got, selector: string) =>
  pieces(html, selector).map(({ text }) => text.replaceAll("&#39;", "'").trim());
const done = (got: Got, within: string) => words(got, `${within} .notice.good`);
const alerts = (got: Got, within = "") => words(got, `${within} [role=alert].bad`);
const idOf = async (name: string) => {
  const { html } = await olga.get("/members");
  return new RegExp(`id="member-(\\d+)"[^>]*data-handle="${name}"`).exec(html)?.[1] ?? "";
};

describe("what was done is said where it was done", () => {
  test("in the settings, and an address that was made up says nothing", async () => {
    const saved = await tomas.post("/settings/profile", { title: "Gardener" });
    expect([saved.status, saved.location]).toEqual([303, "/settings?done=title#profile"]);
    expect(done(await tomas.get("/settings?done=title"), "#profile")).toEqual(["Your title is saved."]);
    expect(done(await tomas.get("/settings"), "")).toEqual([]);
    for (const made of ["toString", "__proto__", "<b>x</b>", "role"])
      expect(done(await tomas.get(`/settings?done=${encodeURIComponent(made)}`), "")).toEqual([]);
  });

  test("at the member it was about", async () => {
    const id = await idOf("vera");
    for (const [what, code, fields] of [
      ["role", "role", { role: "analyst" }],
      ["role", "role", { role: "viewer" }],
      ["disable", "disabled", {}],
      ["enable", "enabled", {}],
      ["sign-out", "signed-out", {}],
    ] as const) {
      const { location } = await olga.post(`/members/${id}/${what}`, fields);
      expect(location).toBe(`/members?done=${code}&member=${id}#member-${id}`);
      const after = await olga.get(location?.replace(/#.*/, "") ?? "");
      expect(done(after, `#member-${id}`)).toHaveLength(1);
      expect(done(after, "")).toHaveLength(1);
    }
    expect((await vera.signIn("vera", password)).status).toBe(303);
  });

  test("in a private room: who came is pointed at, who went is named, and neither can be made up", async () => {
    await tomas.post("/rooms", { name: "shed", private: "on" });
    const id = await idOf("olga");
    const came = await tomas.send("/rooms/shed/members", { name: "olga" });
    expect(done(came, `#member-${id}`)).toEqual(["olga is in this room now."]);
    expect(done(await tomas.get(`/rooms/shed/members?done=out&member=${id}`), "")).toEqual([]);
    const went = await tomas.send(`/rooms/shed/members/${id}/remove`);
    expect(done(went, "main >")).toEqual(["olga is not in this room any more."]);
    expect(done(await tomas.get(`/rooms/shed/members?done=in&member=${id}`), "")).toEqual([]);
    const left = await tomas.post(`/rooms/shed/members/${await idOf("tomas")}/remove`);
    expect(left.location).toBe("/rooms/general?done=left");
    expect(words(await tomas.get("/rooms/general?done=left"), "#toasts .toast")).toEqual(["You left that room."]);
  });

  test("at the door", async () => {
    const somebody = new Reader(server);
    await somebody.signIn("tomas", password);
    expect(done(await somebody.send("/sign-out"), "")).toEqual(["You are signed out."]);
    expect(done(await somebody.get("/sign-in?over=1"), "")).toEqual(["Your session has ended. Sign in again."]);
    expect(done(await somebody.get("/sign-in"), "")).toEqual([]);
  });
});

describe("what was refused is said at the field that is at fault", () => {
  const marked = ({ html }: Got) =>
    pieces(html, '[aria-invalid="true"]').map(({ attributes }) => attributes.name ?? "");

  test("a current password that is not, and a new one that is too short", async () => {
    const wrong = await tomas.post("/settings/password", { current: "not mine", password });
    expect([wrong.status, alerts(wrong, "#password form >"), marked(wrong)]).toEqual([
      422,
      ["That is not your current password."],
      ["current"],
    ]);
    const short = await tomas.post("/settings/password", { current: password, password: "short" });
    expect([alerts(short, "#password form >"), marked(short)]).toEqual([
      ["A password has at least 8 characters."],
      ["password"],
    ]);
  });

  test("a title that would be shown otherwise than it was typed; without one the role says what somebody is", async () => {
    for (const title of ["<b>boss</b>", "boss\u202Esseb", "x".repeat(51)]) {
      const got = await tomas.post("/settings/profile", { title });
      expect([got.status, marked(got), alerts(got, "#profile form >").length]).toEqual([422, ["title"], 1]);
    }
    await tomas.post("/settings/profile", { title: "" });
    const { html } = await tomas.get("/settings");
    expect(pieces(html, "#title").map(({ attributes }) => attributes.value)).toEqual(["developer"]);
  });

  test("how long a key lives, and a key that may do nothing", async () => {
    const long = await tomas.post("/settings/keys", { name: "script", permissions: "read", days: "3651" });
    expect([alerts(long, '[data-testid="key-form"] >').length, marked(long)]).toEqual([1, ["days"]]);
    for (const days of ["0", "-1", "1.5", "soon"])
      expect(marked(await tomas.post("/settings/keys", { name: "script", permissions: "read", days }))).toEqual([
        "days",
      ]);
    expect(alerts(await tomas.post("/settings/keys", { name: "script" }), "#keys form")).toEqual([
      "Choose at least one permission for the key.",
    ]);
  });

  test("how many may use an invitation, for how long, and with which note", async () => {
    for (const [field, value] of [
      ["uses", "1001"],
      ["days", "91"],
      ["note", "x".repeat(201)],
      ["role", "king"],
    ] as const) {
      const got = await olga.post("/invitations", { role: "viewer", uses: "1", days: "7", note: "", [field]: value });
      expect([got.status, alerts(got, '[data-testid="invite-form"] >').length, marked(got)]).toEqual([422, 1, [field]]);
    }
  });

  test("the last owner stays: said at her, with what can be done about her open", async () => {
    const anna = await invited(server, olga, "anna", "owner", password);
    const id = await idOf("olga");
    await anna.post(`/members/${await idOf("anna")}/role`, { role: "viewer" });
    await olga.post(`/members/${await idOf("anna")}/role`, { role: "viewer" });
    const got = await olga.post(`/members/${id}/role`, { role: "viewer" });
    expect([got.status, alerts(got).length]).toEqual([422, 1]);
  });

  test("a name nobody bears, beside the field in which it was typed", async () => {
    await tomas.post("/rooms", { name: "loft", private: "on" });
    const got = await tomas.post("/rooms/loft/members", { name: "nobody" });
    expect([alerts(got, '[data-testid="bring-in"] >'), marked(got)]).toEqual([
      ["Nobody of that name is here."],
      ["name"],
    ]);
  });

  test("a new room: where they were, with what they typed", async () => {
    const typed = { from: "loft", name: "general", topic: "Under the roof", private: "on" };
    const got = await tomas.post("/rooms", typed);
    expect(got.status).toBe(422);
    expect(alerts(got, ".new-room >")).toEqual(["The name &quot;general&quot; is taken: choose another."]);
    const fields = pieces(got.html, ".new-room input").map(({ attributes }) => attributes.value ?? attributes.checked);
    expect(fields).toEqual([expect.stringMatching(/^loft~/), "general", "Under the roof", ""]);
    expect(pieces(got.html, "body")[0]?.attributes).toMatchObject({
      "data-room": expect.stringMatching(/^loft~/),
      "data-address": expect.stringMatching(/^\/rooms\/loft~/),
    });
    const elsewhere = await tomas.post("/rooms", { ...typed, from: "no-such-room" });
    expect(pieces(elsewhere.html, "body")[0]?.attributes["data-room"]).toBe("general");
  });

  test("programs that ask for JSON get their refusal as before", async () => {
    const headers = { cookie: tomas.cookie, origin: server.http };
    const body = new URLSearchParams({ name: "general" });
    const answer = await fetch(`${server.http}/rooms`, { method: "POST", headers, body });
    expect([answer.status, await answer.json()]).toEqual([409, expect.objectContaining({ code: "CONFLICT" })]);
  });
});

describe("a link survives the sign-in", () => {
  const device = "/auth/device?user_code=JKDB-MVXV";

  test("a device's code: from the link over the door to the page it was for, after a wrong password as well", async () => {
    const somebody = new Reader(server);
    const { status, location } = await somebody.get(device);
    expect([status, location]).toEqual([303, `/sign-in?next=${encodeURIComponent(device)}`]);
    const door = await somebody.get(location ?? "");
    expect(pieces(door.html, "input[name=next]").map(({ attributes }) => attributes.value)).toEqual([device]);
    const again = await somebody.signIn("tomas", "not his password", { next: device });
    expect(pieces(again.html, "input[name=next]").map(({ attributes }) => attributes.value)).toEqual([device]);
    const come = await somebody.signIn("tomas", password, { next: device });
    expect([come.status, come.location]).toEqual([303, device]);
    expect(pieces((await somebody.get(device)).html, "#user-code")[0]?.attributes.value).toBe("JKDB-MVXV");
  });

  test("whoever is signed in already goes straight on", async () => {
    expect((await tomas.get(`/sign-in?next=${encodeURIComponent(device)}`)).location).toBe(device);
  });

  test("and leads nowhere else", async () => {
    for (const next of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/\t/evil.example",
      "/.//evil.example",
    ]) {
      expect((await tomas.get(`/sign-in?next=${encodeURIComponent(next)}`)).location).toBe("/");
      expect((await new Reader(server).signIn("tomas", password, { next })).location).toBe("/");
      const door = await new Reader(server).get(`/sign-in?next=${encodeURIComponent(next)}`);
      expect(pieces(door.html, "input[name=next]")).toEqual([]);
      expect(door.html).not.toContain("evil");
    }
  });

  test("a session that is over is told so, and a form that comes too late leads nowhere", async () => {
    const somebody = new Reader(server);
    await somebody.signIn("tomas", password);
    const { cookie } = somebody;
    await somebody.post("/sign-out");
    somebody.cookie = cookie;
    expect((await somebody.get("/members")).location).toBe("/sign-in?over=1&next=%2Fmembers");
    expect((await somebody.post("/settings/profile", { title: "x" })).location).toBe("/sign-in?over=1");
    expect((await somebody.get("/")).location).toBe("/sign-in?over=1");
  });
});

describe("what one may not do is not offered, and said when one tries", () => {
  test("vera, a viewer: no new room, no conversations, no message box to skip to", async () => {
    const { html } = await vera.get("/rooms/general");
    expect(pieces(html, 'form[action="/rooms"]')).toEqual([]);
    expect(pieces(html, 'form[action="/direct"] > fieldset[disabled] #people')).toHaveLength(1);
    expect(pieces(html, ".try")).toEqual([]);
    expect(pieces(html, ".skip").map(({ attributes }) => attributes.href)).toEqual(["#log"]);
    expect(html).toContain("Ask an owner or admin for the right to write.");
    const his = (await tomas.get("/rooms/general")).html;
    expect(pieces(his, 'form[action="/rooms"]')).toHaveLength(1);
    expect(pieces(his, 'form[action="/direct"] > fieldset[disabled]')).toEqual([]);
    expect(pieces(his, ".skip").map(({ attributes }) => attributes.href)).toEqual(["#text"]);
  });

  test("vera reads why: her role does not allow it", async () => {
    const got = await vera.get("/audit");
    expect([got.status, ...words(got, "h1"), ...words(got, ".door-lead")]).toEqual([
      403,
      "Not allowed",
      "Your role, viewer, does not allow this.",
    ]);
  });

  test("filters that were put together by hand lead back to the audit log", async () => {
    const got = await olga.get("/audit?before=0");
    expect(pieces(got.html, "main a").map(({ attributes }) => attributes.href)).toEqual(["/audit"]);
  });
});

test("where a page that answers a form seemed to be, one finds what it was about", async () => {
  const places = {
    "/invitations": "/members#invitations",
    "/invitations/7/revoke": "/members#invitations",
    "/members/35/reset": "/members",
    "/settings/password": "/settings#password",
    "/settings/keys": "/settings#keys",
    "/settings/keys/9/rotate": "/settings#keys",
    "/settings/sessions/end-others": "/settings#sessions",
    "/settings/grants/3/revoke": "/settings#devices",
    "/rooms": "/",
    "/direct": "/",
    "/rooms/general/members/3/remove": "/rooms/general/members",
    "/agents/4/fire": "/agents",
  };
  for (const [path, place] of Object.entries(places)) {
    const got = await tomas.get(path);
    expect([path, got.status, got.location]).toEqual([path, 302, place]);
  }
  expect((await tomas.get("/rooms/no-such-room/members/3/remove")).status).toBe(404);
});

describe("pages about oneself", () => {
  test("an invitation says to whoever is signed in what joining would make", async () => {
    const { html } = await olga.post("/invitations", { role: "viewer", uses: "2" });
    const path = /\/invitations\/[\w-]{20,}/.exec(html)?.[0] ?? "";
    const hers = await vera.get(path);
    expect(words(hers, '[data-testid="signed-in"] bdi')).toEqual(["vera"]);
    expect(hers.html).toContain("Joining makes another account here.");
    expect(pieces((await new Reader(server).get(path)).html, '[data-testid="signed-in"]')).toEqual([]);
  });

  test("a device's code is shown as the device shows it", async () => {
    const asked = await fetch(`${server.http}/api/auth/device/authorize`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "laptop", scope: "chat" }),
    });
    const { user_code: code } = (await asked.json()) as { user_code: string };
    expect(code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    const typed = code.replace("-", "").toLowerCase();
    const page = await tomas.post("/auth/device", { user_code: typed, decision: "look" });
    expect(pieces(page.html, ".code-shown")[0]?.text).toContain(code);
  });
});

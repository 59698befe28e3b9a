import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Member } from "../../src/people/member.ts";
import { asking } from "../support/asks.ts";
import { minute } from "../support/clock.ts";
import { type Commanded, openCommanded } from "../support/commanded.ts";
import { until } from "../support/house.ts";

let house: Commanded;
let mira: Member;
let tomas: Member;
let gina: Member;

beforeAll(async () => {
  house = openCommanded();
  [mira, tomas, gina] = [house.person("mira"), house.person("tomas"), house.person("gina", "guest")];
  const vault = await house.rooms.create(mira, "vault", "What nobody else may know", "private");
  await house.rooms.bringIn(mira, vault, house.agent("alice"));
});
afterAll(() => house[Symbol.dispose]());

describe("every command", () => {
  test("has a name of its own, a usage that begins with it, and one line of help", () => {
    const { commands } = house.slash;
    expect(commands.map(({ name }) => name)).toEqual([
      ..."agents answer approve ask assign claim fire help hire history progress queue reject release request room search status stop tasks transport who".split(
        " ",
      ),
    ]);
    for (const { name, usage, help } of commands) {
      expect(usage.split(" ")[0]).toBe(`/${name}`);
      expect(help).toMatch(/^[A-Z][^\n]{5,80}[^.]$/);
    }
  });

  test("what is no command is not answered at all", async () => {
    for (const text of ["hello", "//help", "/usr/bin/env", " / help"])
      expect(await house.ask(mira, text)).toBeUndefined();
  });

  test("whatever goes wrong inside is said with a reference and logged, and nothing of it is shown", async () => {
    const answer = await house.ask(mira, "/transport telegram", { who: { ...mira, role: "admin" }, fails: true });
    expect(answer).toMatch(/^Something went wrong on our side \(ref \w{8}\)\.$/);
    expect(house.logged.some(({ event, command }) => event === "slash.bug" && command === "transport")).toBe(true);
  });

  test("reply is called once", async () => {
    const replies: string[] = [];
    house.slash.run(mira, house.general, "/who", (answer) => replies.push(answer));
    house.slash.run(mira, house.general, "who", (answer) => replies.push(answer));
    await until(() => replies.length > 0, "an answer");
    expect(replies).toHaveLength(1);
  });
});

describe("/help", () => {
  test("lists what one may use, and nothing else", async () => {
    expect(await house.ask(mira, "/help")).toContain("`/hire <name> [role] [expertise …] [with <program>]`");
    const forGuests = await house.ask(gina, "/help");
    expect(forGuests).toContain("`/search <words>`");
    expect(forGuests).not.toContain("hire");
  });

  test("explains one, with or without its slash", async () => {
    expect(await house.ask(mira, "/help search")).toContain("`from:mira`");
    expect(await house.ask(mira, "/help /SEARCH")).toBe(await house.ask(mira, "/help search"));
    expect(await house.ask(mira, "/help agents")).toBe("`/agents` Who works here, and what they are doing.");
    expect(await house.ask(gina, "/help hire")).toContain("You may not use `/hire`");
  });

  test.each([
    ["/hepl", "help"],
    ["/he", "help"],
    ["/serach x", "search"],
    ["/agent", "agents"],
    ["/transprot", "transport"],
    ["/taks", "tasks"],
    ["/STATSU", "status"],
  ])("%s is answered with /%s", async (text, nearest) => {
    expect(await house.ask(mira, text)).toMatch(new RegExp(`^There is no command .* Did you mean \`/${nearest}\`\\?$`));
  });

  test("a name near to none is answered with /help, and one that one may not use is not offered", async () => {
    expect(await house.ask(mira, "/xyzzyqwerty")).toBe(
      "There is no command `/xyzzyqwerty`. `/help` lists what there is.",
    );
    expect(await house.ask(gina, "/hier")).not.toContain("hire");
    expect((await house.ask(mira, `/${"x".repeat(7_000)}`))?.length).toBeLessThan(120);
  });
});

describe("/agents and /status", () => {
  test("say who works here and at what; what is at work in private is told to those who are there", async () => {
    const here = { room: "vault" };
    const request = house.say(mira, "@alice open the safe", here);
    const opened = { agentId: house.agent("alice").id, requestId: request.id, requesterId: mira.id };
    house.tasks.open({ ...opened, description: "open the safe", roomId: request.roomId }, () => {});
    house.log.flush();
    expect(await house.ask(mira, "/agents")).toMatch(/\*\*alice\*\*, developer: idle, 0 % of "open the safe"/);
    expect(await house.ask(tomas, "/agents")).toMatch(/\*\*alice\*\*, developer: idle, knows python/);
    expect(await house.ask(mira, "/status alice")).toContain("1 open task,");
    expect(await house.ask(tomas, "/status @alice-bot")).toContain("0 open tasks,");
    expect(await house.ask(mira, "/status")).toMatch(/4 agents: 4 idle\n- 1 open task\n- talking over WebSocket$/);
    expect(await house.ask(tomas, "/status")).toContain("0 open tasks");
    for (const command of ["/tasks", "/progress", "/tasks alice", "/stop", "/stop alice"])
      expect([command, await house.ask(tomas, command)]).not.toEqual([command, expect.stringContaining("safe")]);
    house.outcomeOf((done) => house.tasks.decide(mira, house.tasks.active()[0]?.id ?? 0, "cancel", done));
  });

  test("an agent that nobody knows is named, with those who work here", async () => {
    expect(await house.ask(mira, "/status zoe")).toBe(
      'No agent called "zoe" works here. There are alice, bob, charlie, diana.',
    );
  });
});

describe("/tasks, /progress and /stop", () => {
  test("list open tasks: of all, of one agent, one's own, or one by its number", async () => {
    expect(await house.ask(mira, "/tasks")).toBe("No task is open.");
    const first = house.work(
      mira,
      "bob",
      "draw a *bold* logo",
      { state: "accepted" },
      { state: "working", progress: 40 },
    );
    const second = house.work(tomas, "diana", "test it");
    const all = await house.ask(mira, "/tasks");
    expect(all).toContain(`**${first.id}** bob: draw a \\*bold\\* logo (working, 40 %, asked by mira in #general)`);
    expect(all).toContain("diana: test it");
    expect(await house.ask(mira, "/tasks bob")).not.toContain("test it");
    expect(await house.ask(tomas, "/tasks mine")).not.toContain("logo");
    expect(await house.ask(mira, `/progress #${first.id}`)).toContain("`████░░░░░░` 40 %");
    expect(await house.ask(mira, "/progress diana")).toContain("`░░░░░░░░░░` 0 %");
    expect(await house.ask(mira, "/progress 999999")).toBe("There is no task 999999.");
    expect(second.state).toBe("queued");
  });

  test("/stop stops one's own; a guest stops nobody else's, and who manages tasks does", async () => {
    const own = house.work(gina, "bob", "a picture of a cat");
    const other = house.tasks.active().find(({ description }) => description === "test it");
    expect(await house.ask(gina, `/stop ${other?.id}`)).toBe("You may not end this task.");
    expect(await house.ask(gina, "/stop diana")).toBe("diana has no open task. `/tasks` shows what is.");
    expect(house.tasks.byId(other?.id ?? 0)?.state).toBe("queued");
    expect(await house.ask(gina, "/stop")).toBe(`Stopped task ${own.id} of **bob**: a picture of a cat.`);
    expect(house.tasks.byId(own.id)?.state).toBe("cancelled");
    expect(await house.ask(gina, "/stop")).toBe(
      "No task that you asked for is open in this room. `/tasks` shows what is.",
    );
    expect(await house.ask(mira, "/stop @diana")).toContain("Stopped task");
    expect(await house.ask(mira, `/stop ${own.id}`)).toBe(`Task ${own.id} is cancelled already.`);
  });

  test("/queue shows what waits for an agent, and who manages tasks puts it in order; a guest only looks", async () => {
    expect(await house.ask(gina, "/queue diana")).toBe("Nothing waits for **diana**.");
    const ids = ["one", "two"].map((description) => {
      const request = house.say(mira, `@diana ${description}`);
      const asked = { agentId: house.agent("diana").id, requestId: request.id, requesterId: mira.id, description };
      house.tasks.open({ ...asked, roomId: request.roomId, run: { reason: "mention", hops: 0 } }, () => {});
      house.log.flush();
      return house.tasks.ofRequest(request.id)[0]?.id ?? 0;
    });
    const [one = 0, two = 0] = ids;
    const listed = (...order: number[]) =>
      new RegExp(`Queue of diana[^]*${order.map((id) => `\\*\\*${id}\\*\\*`).join("[^]*")}`);
    expect(await house.ask(gina, "/queue @diana-bot")).toMatch(listed(one, two));
    expect(await house.ask(gina, `/queue ${two} first`)).toBe("You may not change the order of what waits.");
    expect(await house.ask(mira, `/queue ${two} first`)).toMatch(listed(two, one));
    expect(await house.ask(mira, `/queue ${two} down`)).toMatch(listed(one, two));
    expect(await house.ask(mira, `/queue ${two} sideways`)).toContain("`first`, `up` or `down`");
    expect(await house.ask(mira, `/queue ${two} now`)).toBe(`**diana** does task ${two} now.`);
    house.outcomeOf((done) => house.tasks.move(two, { state: "accepted" }, house.agent("diana"), done));
    expect(await house.ask(mira, "/queue diana")).toMatch(/at work: \*\*\d+\*\* diana: two/);
    expect(await house.ask(mira, `/queue ${two} up`)).toContain("does not wait");
    expect(await house.ask(mira, "/queue")).toBe("Something is missing: `/queue <agent>`.");
    for (const id of ids) house.outcomeOf((done) => house.tasks.decide(mira, id, "cancel", done));
  });

  test("/stop says that what is under way is being stopped, and not that it is", async () => {
    const task = house.work(tomas, "charlie", "a long thing", { state: "accepted" });
    house.tasks.runsEndBy((_task, _by, _ending, done) => {
      done?.({ ok: true, seq: 1, repeated: false });
      return true;
    });
    expect(await house.ask(tomas, "/stop charlie")).toBe(`Stopping task ${task.id} of **charlie**: a long thing.`);
    house.tasks.runsEndBy(() => false);
    expect(await house.ask(tomas, "/stop charlie")).toBe(`Stopped task ${task.id} of **charlie**: a long thing.`);
  });

  test("/stop asks which, when it could be several", async () => {
    house.work(tomas, "charlie", "one thing");
    house.work(tomas, "charlie", "another thing");
    expect(await house.ask(tomas, "/stop")).toMatch(/^Which one\?[\s\S]*one thing[\s\S]*another thing/);
    // Of an agent it is the one that it is at.
    expect(await house.ask(tomas, "/stop charlie")).toContain("one thing");
  });
});

describe("/ask and /assign", () => {
  test("post a mention as the sender, in the room, with quotes and further lines", async () => {
    expect(await house.ask(tomas, "/ask @alice-bot what is new?\nAnd what is old?")).toBe(
      "**alice** has it, and answers here in the room.",
    );
    const asked = house.last();
    expect(asked).toMatchObject({
      text: "@alice what is new?\nAnd what is old?",
      mentions: ["alice"],
      origin: "system",
    });
    expect(asked.author.name).toBe("tomas");
    await house.ask(tomas, '/assign bob "draw the login form"');
    expect(house.last().text).toBe("@bob task: draw the login form");
  });

  test.each([
    ["/ask", "Something is missing: `/ask <agent> <question>`."],
    ["/ask alice", "Something is missing: `/ask <agent> <question>`."],
    ["/assign alice ''", "Something is missing: `/assign <agent> <task>`."],
    ["/assign zoe sing", 'No agent called "zoe" works here. There are alice, bob, charlie, diana.'],
  ])("%s is answered with what is wrong", async (text, answer) => {
    expect(await house.ask(mira, text)).toBe(answer);
  });

  test("an agent that is not in the room is not asked there, and who may only read asks nobody", async () => {
    const { seq } = house.log;
    const vault = house.rooms.forReader(mira, "vault");
    expect(await house.ask(mira, "/ask bob who are you?", { room: vault })).toBe(
      "bob is not in this room, and would not hear it.",
    );
    const viewer = house.person("vera", "viewer");
    const before = house.log.seq;
    expect(before).toBeGreaterThan(seq);
    expect(await house.ask(viewer, "/ask bob who are you?")).toBe("You may not use `/ask`.");
    expect(house.log.seq).toBe(before);
  });
});

describe("/hire and /fire", () => {
  test("bring an agent in and let it go; a guest may not", async () => {
    expect(await house.ask(gina, "/hire eve")).toBe("You may not use `/hire`.");
    expect(await house.ask(gina, "/fire alice")).toBe("You may not use `/fire`.");
    expect(house.roster.byName("alice")).toBeDefined();
    expect(await house.ask(mira, '/hire eve tester "load tests,browsers" css')).toBe(
      "**eve** works here now as tester. Mention @eve to say what to do.",
    );
    expect(house.roster.byName("eve")).toMatchObject({ role: "tester", expertise: ["load tests", "browsers", "css"] });
    expect(await house.ask(mira, "/hire eve")).toBe("An agent called eve works here already.");
    expect(await house.ask(mira, "/hire")).toBe(
      "Something is missing: `/hire <name> [role] [expertise …] [with <program>]`.",
    );
    expect(await house.ask(mira, "/fire eve")).toContain("does not work here any more");
    expect(house.roster.byName("eve")).toBeUndefined();
    expect(await house.ask(mira, "/fire eve")).toContain('No agent called "eve"');
  });
});

test("/hire with a program: ada may, mira is told who; an agent may be called with", async () => {
  expect(await house.ask(mira, "/hire coder developer with opencode")).toContain("an owner or admin (manage_system)");
  const ada = house.person("ada", "admin");
  expect(await house.ask(ada, "/hire coder developer sql with opencode")).toBe(
    "**coder** works here now as developer with opencode. Mention @coder to say what to do.",
  );
  expect(house.roster.byName("coder")).toMatchObject({ backend: "acp", expertise: ["sql"] });
  expect(await house.ask(ada, "/hire other with gemini")).toContain("works here now as developer with gemini");
  expect(await house.ask(ada, "/hire third with nonsense")).toContain('There is no program called "nonsense"');
  expect(await house.ask(ada, "/hire third with")).toContain("Something is missing");
  expect(await house.ask(ada, "/hire with tester")).toContain("**with** works here now as tester");
  for (const name of ["coder", "other", "with"]) await house.ask(ada, `/fire ${name}`);
});

describe("/search and /history", () => {
  test("find in every room that one may read, and in no other", async () => {
    const said = house.say(mira, "the *password* is <b>swordfish</b>", { room: "vault" });
    const answer = await house.ask(mira, "/search swordfish");
    expect(answer).toContain(`mira in #vault, [just now](https://parley.example/rooms/${said.room}#m-${said.id})`);
    expect(answer).toContain("the \\*password\\* is \\<b\\>**swordfish**\\</b\\>");
    for (const command of [
      "/search swordfish",
      "/search in:vault swordfish",
      "/history vault",
      "/history 5 vault",
      "/room vault",
    ])
      expect(await house.ask(tomas, command)).not.toContain("password");
    expect(await house.ask(tomas, "/search swordfish")).toBe("Nothing that you may read holds that.");
    expect(await house.ask(tomas, "/history vault")).toBe("There is no such room, or you may not see it.");
    expect(await house.ask(tomas, "/history vault")).toBe((await house.ask(tomas, "/history cellar")) ?? "");
  });

  test("/search keeps phrases and says when there is more", async () => {
    for (let step = 0; step < 12; step += 1) house.say(tomas, `pelican number ${step}`);
    expect(await house.ask(mira, "/search pelican")).toContain("There are more");
    expect(await house.ask(mira, '/search "number 3"')).toContain("pelican **number 3**");
    expect(await house.ask(mira, '/search "3 number"')).toBe("Nothing that you may read holds that.");
    expect(await house.ask(mira, "/search")).toBe("Something is missing: `/search <words>`.");
  });

  test("/history gives the last messages, without commands", async () => {
    house.say(tomas, "the very last");
    house.say(mira, "/history");
    house.clock.advance(5 * minute);
    const answer = await house.ask(mira, "/history 2");
    expect(answer).toMatch(
      /^\*\*Last in #general\*\*\n\n- .*pelican number 11\n- \*\*tomas\*\*, 5 min ago: the very last$/,
    );
    expect(await house.ask(mira, "/history 51")).toBe("From 1 to 50 messages at a time.");
    expect(await house.ask(mira, "/history 0")).toBe("From 1 to 50 messages at a time.");
  });
});

describe("/who and /room", () => {
  test("say who is here; of a private room, who is in it", async () => {
    const leave = house.presence.arrive(mira);
    expect(await house.ask(tomas, "/who")).toBe("**Here**\n\n- 1 online: mira\n- 4 agents: alice, bob, charlie, diana");
    const vault = house.rooms.forReader(mira, "vault");
    expect(await house.ask(mira, "/who", { room: vault })).toBe("**In #vault**\n\n- here: mira, alice");
    const direct = await house.rooms.direct(mira, [tomas]);
    expect(await house.ask(mira, "/who", { room: direct })).toBe(
      "**In this conversation**\n\n- here: mira\n- away: tomas",
    );
    leave();
  });

  test("/room tells of this room or another one, and lists those one may read", async () => {
    expect(await house.ask(mira, "/room #vault")).toBe(
      "**#vault**\n\n- What nobody else may know\n- Only its members may read it: mira, alice.",
    );
    expect(await house.ask(tomas, "/room vault")).toBe("There is no such room, or you may not see it.");
    expect(await house.ask(tomas, "/room")).toMatch(/Everybody in the workspace[\s\S]*Rooms you may read: #general\.$/);
    expect(await house.ask(mira, "/room")).toMatch(/Rooms you may read: #general, #vault\.$/);
  });
});

describe("/transport", () => {
  test("everybody may ask, administrators switch, and each refusal says why", async () => {
    const ada = house.person("ada", "admin");
    expect(await house.ask(gina, "/transport")).toBe("Now: talking over WebSocket.");
    expect(await house.ask(mira, "/transport both")).toBe("Only administrators switch what everybody talks through.");
    expect(house.switched).toEqual([]);
    expect(await house.ask(ada, "/transport pigeon")).toContain("Choose one of websocket, telegram, both");
    expect(await house.ask(ada, "/transport Both")).toBe("Switched to both.");
    expect(house.switched).toEqual(["both by ada"]);
  });
});

describe("/approve", () => {
  const evil = `npm test ${"-v ".repeat(80)}&& rm -rf /`;
  test.each([
    ["a command that the list cuts", { detail: evil }],
    ["an edit", { title: "edit app.ts", detail: "app.ts", diffs: [{ path: "app.ts", before: "a\n", after: "b\n" }] }],
  ])("%s is allowed only where all of it is seen, and rejected anywhere", async (_, ask) => {
    const { approval, answer } = asking(house, house.work(mira, "alice", "build it"), ask);
    const { id, publicId } = approval;
    for (const words of [`/approve ${id}`, `/approve ${id} always`])
      expect(await house.ask(mira, words)).toContain(`/approvals/${publicId}`);
    expect(house.approvals.byId(id)?.answer).toBeNull();
    expect(await house.ask(mira, `/reject ${id}`)).toContain("Rejected by mira");
    expect(await answer).toMatchObject({ option: { id: "no" } });
  });

  test("a command that the list shows whole is allowed by its number", async () => {
    const { approval } = asking(house, house.work(mira, "alice", "build it"));
    expect(await house.ask(mira, `/approve ${approval.id}`)).toContain("Allowed once by mira");
  });
});

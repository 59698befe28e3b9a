import { describe, expect, test } from "bun:test";
import { MembersPage } from "../../views/people/members.tsx";
import { fieldOf, formsOf, formTo, frame, namesOf, pieces } from "../support/markup.ts";

const at = 1_780_000_000_000;
const tomas = {
  id: 3,
  name: "tomas",
  handle: "tomas",
  title: "Designer",
  role: "developer",
  kind: "person" as const,
  disabledAt: null,
  hasPassword: true,
  online: true,
  lastSeen: null,
  joinedAt: at,
  manageable: true,
};
const usual = {
  ...frame,
  me: { id: 2, role: "owner" },
  canManage: true,
  members: [{ ...tomas, id: 2, name: "mira", handle: "mira", manageable: false }, tomas],
  roles: ["admin", "developer", "viewer"],
  invitations: [
    {
      id: 8,
      role: "viewer",
      rooms: ["design"],
      note: "Hi",
      uses: 1,
      maxUses: 3,
      createdAt: at,
      expiresAt: at,
      by: "mira",
    },
  ],
  inviteRooms: [{ id: 5, slug: "design" }],
} satisfies Parameters<typeof MembersPage>[0];

const members = (more: Partial<Parameters<typeof MembersPage>[0]> = {}) => <MembersPage {...usual} {...more} />;
const actions = (page: ReturnType<typeof members>) => formsOf(page).map(({ action }) => action);

describe("the members", () => {
  test("can be changed by whoever may: role, password link, sign-out, disabling; invitations too", () => {
    expect(actions(members())).toEqual([
      "/invitations",
      "/invitations/8/revoke",
      "/members/3/role",
      "/members/3/reset",
      "/members/3/sign-out",
      "/members/3/disable",
    ]);
    expect(namesOf(formTo(members(), "/members/3/role"))).toEqual(["role"]);
    expect(pieces(members(), ".manage option[selected]").map(({ attributes }) => attributes.value)).toEqual([
      "developer",
    ]);
  });

  test("cannot be changed by others", () => {
    const page = members({ canManage: false, members: [{ ...tomas, manageable: false }] });
    expect(formsOf(page)).toEqual([]);
    expect(String(page)).not.toContain("Invite somebody");
  });

  test("that are disabled can be enabled, and not disabled again", () => {
    const page = members({ members: [{ ...tomas, disabledAt: at }] });
    expect(actions(page)).toContain("/members/3/enable");
    expect(actions(page)).not.toContain("/members/3/disable");
  });

  test("keep a role that the reader may not grant, until it is changed", () => {
    const page = members({ members: [{ ...tomas, role: "owner" }] });
    const values = pieces(page, ".manage option").map(({ attributes }) => attributes.value);
    expect(values).toEqual(["owner", "admin", "developer", "viewer"]);
    expect(pieces(page, ".manage option[selected]")).toHaveLength(1);
  });

  test("whose name can be taken for another's are flagged", () => {
    const page = members({ members: [{ ...tomas, name: "rnira", looksLike: "mira" }] });
    expect(pieces(page, ".tag.warn bdi").map(({ text }) => text)).toEqual(["mira"]);
    expect(pieces(members(), ".tag.warn")).toEqual([]);
  });

  test("stand in the order of their names, each once with what they may do, and with a title only where it says more", () => {
    const names = ["Zoe", "ärnst", "mira", "Bo"];
    const people = names.map((name, index) => ({
      ...tomas,
      id: index + 20,
      name,
      title: index === 0 ? "Cook" : "Developer",
    }));
    const page = members({ members: people });
    expect(pieces(page, ".member b bdi").map(({ text }) => text)).toEqual(["ärnst", "Bo", "mira", "Zoe"]);
    expect(pieces(page, ".member .tag").map(({ text }) => text)).toEqual(Array(4).fill("developer"));
    expect(pieces(page, ".member bdi.soft").map(({ text }) => text)).toEqual(["Cook"]);
  });

  test("what was refused about one of them is said at that one, with what can be done about them open", () => {
    const page = members({ error: "Not the last owner.", about: 3, typed: { role: "viewer" } });
    expect(pieces(page, "#member-3 details.manage[open] [role=alert]").map(({ text }) => text)).toEqual([
      "Not the last owner.",
    ]);
    expect(pieces(page, "[role=alert]")).toHaveLength(1);
    // About whom nothing can be done here, it is said all the same.
    expect(pieces(members({ error: "No.", about: 2, typed: {} }), "#member-2 > [role=alert]")).toHaveLength(1);
    expect(pieces(members({ error: "No.", about: 99, typed: {} }), "main > [role=alert]")).toHaveLength(1);
  });

  test("that are agents stand apart, hired and fired elsewhere", () => {
    const page = members({ members: [tomas, { ...tomas, id: 9, name: "alice", kind: "agent", manageable: false }] });
    expect(pieces(page, "[data-testid=members] > li")).toHaveLength(1);
    expect(pieces(page, ".av.bot")).toHaveLength(1);
  });
});

describe("invitations", () => {
  test("are made with a role, for one person and a week, unless said otherwise", () => {
    const form = formTo(members(), "/invitations");
    expect(namesOf(form)).toEqual(["role", "uses", "days", "note", "rooms"]);
    expect([fieldOf(form, "uses"), fieldOf(form, "days")].map(({ attributes }) => attributes.value)).toEqual([
      "1",
      "7",
    ]);
  });

  test("show their link once, to copy, and nowhere else", () => {
    const link = "https://chat.example/invitations/s3cret";
    const page = members({ fresh: { kind: "invitation", link, words: "An invitation as viewer." } });
    expect(String(page).split("s3cret")).toHaveLength(2);
    expect(pieces(page, "#once").map(({ attributes }) => attributes.value)).toEqual([link]);
    expect(pieces(page, "h2#once-heading bdi").map(({ text }) => text)).toEqual(["An invitation as viewer."]);
  });

  test("that are refused keep what was typed; what else is refused is said at the top", () => {
    const typed = { role: "viewer", uses: "900", days: "3", note: "Hi there", rooms: "5" };
    const page = members({ error: "Too many.", typed });
    const form = formTo(page, "/invitations");
    expect(pieces(page, '[data-testid="invite-form"] > [role=alert]:first-child')).toHaveLength(1);
    expect(fieldOf(form, "uses").attributes.value).toBe("900");
    expect(fieldOf(form, "note").attributes.value).toBe("Hi there");
    expect(fieldOf(form, "rooms").attributes).toHaveProperty("checked");
    const other = members({ error: "Not you.", typed: { role: "admin" } });
    expect(pieces(other, "main > [role=alert]")).toHaveLength(1);
    expect(pieces(other, "#invitations [role=alert]")).toEqual([]);
  });
});

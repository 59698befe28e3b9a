import { describe, expect, test } from "bun:test";
import { settingsDone } from "../../views/people/done.ts";
import { SettingsPage } from "../../views/people/settings.tsx";
import { fieldOf, formsOf, formTo, frame, namesOf, pieces } from "../support/markup.ts";

const at = 1_780_000_000_000;
const session = {
  method: "password",
  device: "Firefox",
  address: "192.0.2.1",
  createdAt: at,
  seenAt: at,
  expiresAt: at,
};
const key = {
  id: 5,
  name: "deploy",
  prefix: "pk_ab12",
  owner: "mira",
  permissions: ["read"],
  rooms: null,
  createdAt: at,
  expiresAt: at,
  seenAt: null,
  revokedAt: null,
};
const usual = {
  ...frame,
  me: { name: "mira", title: "Developer", role: "developer", permissions: ["read", "write"] },
  hasPassword: true,
  sessions: [
    { ...session, id: 1, current: true },
    { ...session, id: 2, current: false },
  ],
  keys: [key, { ...key, id: 6, name: "old", revokedAt: at }],
  grants: [{ id: 9, client: "console", scope: "read write", createdAt: at, expiresAt: at }],
  keyChoices: {
    permissions: ["read", "write"],
    rooms: [{ id: 3, slug: "design" }],
    owners: [
      { id: 2, name: "mira", kind: "person" },
      { id: 4, name: "alice", kind: "agent" },
    ],
  },
} satisfies Parameters<typeof SettingsPage>[0];

const settings = (more: Partial<Parameters<typeof SettingsPage>[0]> = {}) => <SettingsPage {...usual} {...more} />;
const actions = (page: ReturnType<typeof settings>) => formsOf(page).map(({ action }) => action);

describe("settings", () => {
  test("have a form for each thing one can change, all of them posted", () => {
    const forms = formsOf(settings());
    expect(forms.map(({ action }) => action)).toEqual([
      "/sign-out",
      "/settings/profile",
      "/settings/password",
      "/settings/sessions/end-others",
      "/settings/sessions/2/end",
      "/settings/keys/5/rotate",
      "/settings/keys/5/revoke",
      "/settings/keys",
      "/settings/grants/9/revoke",
    ]);
    expect(forms.every(({ method }) => method === "post")).toBe(true);
  });

  test("ask for the old password only where there is one", () => {
    expect(namesOf(formTo(settings(), "/settings/password"))).toEqual(["current", "password"]);
    expect(namesOf(formTo(settings({ hasPassword: false }), "/settings/password"))).toEqual(["password"]);
  });

  test("do not offer to end the only session", () => {
    const [mine = { ...session, id: 1, current: true }] = usual.sessions;
    expect(actions(settings({ sessions: [mine] }))).not.toContain("/settings/sessions/end-others");
  });

  test("make keys with a name, an owner, permissions, rooms and an end in 90 days", () => {
    const form = formTo(settings(), "/settings/keys");
    expect(namesOf(form)).toEqual(["name", "days", "for", "permissions", "rooms"]);
    expect(fieldOf(form, "days").attributes).toMatchObject({ value: "90", type: "number" });
    expect(fieldOf(form, "for").tag).toBe("select");
    expect(fieldOf(form, "rooms").attributes).toMatchObject({ type: "checkbox", value: "3" });
  });

  test("do not ask whose key it is when there is but one answer", () => {
    const owners = [{ id: 2, name: "mira", kind: "person" }];
    const form = formTo(settings({ keyChoices: { ...usual.keyChoices, owners } }), "/settings/keys");
    expect(fieldOf(form, "for").attributes).toEqual({ type: "hidden", name: "for", value: "2" });
  });

  test("show a new key once, in a field to copy from, and nowhere else", () => {
    const page = settings({ fresh: { kind: "key", name: "deploy", secret: "pk_ab12secret" } });
    expect(String(page).split("pk_ab12secret")).toHaveLength(2);
    expect(pieces(page, "#once").map(({ attributes }) => attributes)).toMatchObject([
      { value: "pk_ab12secret", readonly: "" },
    ]);
    expect(pieces(page, "button[data-copy=once]")).toHaveLength(1);
    expect(String(page)).toContain("shown this once");
    expect(pieces(settings(), "#once")).toEqual([]);
  });

  test("say what was wrong where it was, keep what was typed, and never a password", () => {
    const typed = {
      name: "x".repeat(99),
      days: "7",
      permissions: "write",
      rooms: ["3"],
      for: "4",
      password: "hunter22",
    };
    const page = settings({ section: "keys", error: "Too long.", typed });
    // First in its form, so that it is seen together with the field it is about.
    expect(pieces(page, '#keys [data-testid="key-form"] > [role=alert]:first-child').map(({ text }) => text)).toEqual([
      "Too long.",
    ]);
    expect(pieces(page, "[role=alert]")).toHaveLength(1);
    const form = formTo(page, "/settings/keys");
    expect(fieldOf(form, "name").attributes).toMatchObject({ value: typed.name, "aria-invalid": "true" });
    expect(fieldOf(form, "days").attributes.value).toBe("7");
    const checked = form.fields.filter(({ attributes }) => "checked" in attributes);
    expect(checked.map(({ attributes }) => attributes.value)).toEqual(["write", "3"]);
    expect(pieces(page, "option[selected]").map(({ text }) => text)).toEqual(["alice (agent)"]);
    expect(String(page)).not.toContain("hunter22");
  });

  test.each([
    ["profile", "/settings/profile", "title"],
    ["password", "/settings/password", "current"],
  ] as const)("mark the field of a refused %s", (section, action, name) => {
    const form = formTo(settings({ section, error: "No." }), action);
    expect(fieldOf(form, name).attributes).toMatchObject({ "aria-invalid": "true" });
  });

  test.each([
    ["days", "/settings/keys", "keys", { name: "x", days: "0" }],
    ["permissions", "/settings/keys", "keys", { name: "x" }],
    ["password", "/settings/password", "password", {}],
  ] as const)("mark %s and no other field when that is what was refused", (field, action, section, typed) => {
    const page = settings({ section, field, typed, error: "No." });
    const marked = pieces(page, '[aria-invalid="true"]').map(({ attributes, tag }) => attributes.name ?? tag);
    expect(marked).toEqual([field === "permissions" ? "fieldset" : field]);
    const [focused] = formTo(page, action).fields.filter(({ attributes }) => "autofocus" in attributes);
    expect(focused?.attributes.name).toBe(field);
  });

  test("say of a key that is there what was refused, without opening the form for a new one", () => {
    const page = settings({ section: "keys", error: "There is no such key." });
    expect(pieces(page, "#keys > [role=alert]")).toHaveLength(1);
    expect(pieces(page, "#keys details.unfold[open]")).toEqual([]);
  });

  test("say what was done in the section it was done in, and nowhere else", () => {
    for (const { section, notice } of Object.values(settingsDone)) {
      const page = settings({ section, notice });
      expect(pieces(page, `#${section} > [role=status].good`).map(({ text }) => text)).toEqual([notice]);
      expect(pieces(page, ".notice.good")).toHaveLength(1);
    }
    expect(pieces(settings(), ".notice.good")).toEqual([]);
  });

  test("offer nothing to do with a key that is revoked", () => {
    expect(actions(settings({ keys: [{ ...key, revokedAt: at }] }))).not.toContain("/settings/keys/5/revoke");
  });
});

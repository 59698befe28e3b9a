import { describe, expect, test } from "bun:test";
import {
  allPermissions,
  type Member,
  may,
  mayManage,
  type Permission,
  permissions,
  permissionsOf,
  personRoles,
  type Role,
} from "../../src/people/member.ts";

function somebody(role: Role): Member {
  return { id: 1, kind: "person", handle: "mira", name: "mira", title: role, role, removedAt: null };
}

describe("what a role may do", () => {
  const allowed: [Permission, Role[]][] = [
    ["read", ["owner", "admin", "developer", "analyst", "viewer", "guest", "agent", "system"]],
    ["write", ["owner", "admin", "developer", "analyst", "guest", "agent", "system"]],
    ["execute", ["owner", "admin", "developer", "agent", "system"]],
    ["analyze", ["analyst"]],
    ["manage_tasks", ["owner", "admin", "developer"]],
    ["manage_users", ["owner", "admin"]],
    ["manage_system", ["owner", "admin", "system"]],
    ["manage_owners", ["owner"]],
  ];
  test.each(allowed)("%s: exactly %j", (permission, roles) => {
    const all = Object.keys(permissions) as Role[];
    expect(all.filter((role) => may(somebody(role), permission))).toEqual(roles);
  });

  test("who was disabled may nothing, whatever their role", () => {
    expect(allPermissions.filter((each) => may({ ...somebody("owner"), removedAt: 1 }, each))).toEqual([]);
  });

  test("a key narrows its member and never widens them", () => {
    const scope = { permissions: ["read", "manage_system"] as const, rooms: null };
    expect(permissionsOf({ ...somebody("owner"), scope })).toEqual(["read", "manage_system"]);
    expect(permissionsOf({ ...somebody("developer"), scope })).toEqual(["read"]);
  });

  test("an admin manages everybody but owners, an owner everybody, a developer nobody", () => {
    const managed = (by: Role) => personRoles.filter((role) => mayManage(somebody(by), { role }));
    expect(managed("owner")).toEqual([...personRoles]);
    expect(managed("admin")).toEqual(personRoles.filter((role) => role !== "owner"));
    expect(managed("developer")).toEqual([]);
  });

  test("a key hands out nothing that it was not given: no role with more, and nothing at all when it is for certain rooms", () => {
    const key = (scope: Member["scope"]) =>
      personRoles.filter((role) => mayManage({ ...somebody("admin"), ...(scope && { scope }) }, { role }));
    expect(key({ permissions: ["read", "write", "manage_users"], rooms: null })).toEqual([
      "analyst",
      "viewer",
      "guest",
    ]);
    expect(key({ permissions: ["read", "write", "manage_users"], rooms: [1] })).toEqual([]);
    expect(key({ permissions: ["read", "write"], rooms: null })).toEqual([]);
    expect(key({ permissions: allPermissions, rooms: null })).toEqual(personRoles.filter((role) => role !== "owner"));
  });

  test("a title grants nothing: mira the viewer who calls herself owner may not write", () => {
    const named = { ...somebody("viewer"), title: "owner" };
    expect(may(named, "write")).toBe(false);
  });
});

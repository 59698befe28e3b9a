import { describe, expect, test } from "bun:test";
import { type Member, may, type Permission, permissions, type Role } from "../../src/people/member.ts";

function somebody(role: Role): Member {
  return { id: 1, kind: "person", handle: "mira", name: "mira", title: role, role };
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
  ];
  test.each(allowed)("%s: exactly %j", (permission, roles) => {
    const all = Object.keys(permissions) as Role[];
    expect(all.filter((role) => may(somebody(role), permission))).toEqual(roles);
  });

  test("a title grants nothing: mira the viewer who calls herself owner may not write", () => {
    expect(may({ ...somebody("viewer"), title: "owner" }, "write")).toBe(false);
  });
});

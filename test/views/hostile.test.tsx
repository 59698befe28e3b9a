import { expect, test } from "bun:test";
import type { Member } from "../../src/people/member.ts";
import { AuditPage } from "../../views/audit.tsx";
import { NewRoom } from "../../views/new-room.tsx";
import { DevicePage } from "../../views/people/device.tsx";
import { AcceptInvitationPage, GonePage, NewPasswordPage } from "../../views/people/links.tsx";
import { MembersPage } from "../../views/people/members.tsx";
import { SetUpPage } from "../../views/people/set-up.tsx";
import { SettingsPage } from "../../views/people/settings.tsx";
import { RoomMembersPage } from "../../views/room-members.tsx";
import { SignInPage } from "../../views/sign-in.tsx";
import { TransportPage } from "../../views/transport.tsx";
import { learn, offences } from "../support/judge.ts";
import { frame } from "../support/markup.ts";
import { payloads } from "../support/payloads.ts";

const at = 1_780_000_000_000;
const times = { at, createdAt: at, seenAt: at, expiresAt: at, joinedAt: at, lastSeen: at };

/** Every page about people, with one text wherever somebody else's words can stand. */
function everywhere(x: string): string[] {
  const page = { ...frame, workspace: x, rules: x, code: "c0de", error: x, notice: x };
  const room = { id: 1, slug: x };
  const session = { ...times, id: 1, method: x, device: x, address: x };
  const key = { ...times, id: 1, name: x, prefix: x, owner: x, permissions: [x], rooms: [x], revokedAt: null };
  const member = {
    ...times,
    ...{ id: 1, name: x, handle: x, title: x, role: x, looksLike: x },
    ...{ kind: "person" as const, disabledAt: null, hasPassword: false, online: false, manageable: true },
  };
  const invitation = { ...times, by: x, role: x, rooms: [x], note: x };
  const typed = { name: x, title: x, days: x, uses: x, note: x, role: x, permissions: [x], rooms: [x] };
  const settings = (section: "profile" | "password" | "sessions" | "keys" | "devices") => (
    <SettingsPage
      {...page}
      me={{ name: x, title: x, role: x, permissions: [x] }}
      hasPassword={true}
      sessions={[
        { ...session, current: true },
        { ...session, current: false },
      ]}
      keys={[key, { ...key, rooms: null, expiresAt: null, seenAt: null, revokedAt: at }]}
      grants={[{ ...times, id: 1, client: x, scope: x }]}
      keyChoices={{
        permissions: [x],
        rooms: [room],
        owners: [
          { ...room, name: x, kind: "agent" },
          { ...room, name: x, kind: x },
        ],
      }}
      fresh={{ kind: "key", name: x, secret: x }}
      section={section}
      typed={typed}
    />
  );
  const members = (form: Record<string, string | string[]>) => (
    <MembersPage
      {...page}
      me={{ id: 1, role: x }}
      canManage={true}
      members={[member, { ...member, disabledAt: at }, { ...member, online: true }, { ...member, kind: "agent" }]}
      roles={[x]}
      invitations={[{ ...invitation, id: 1, uses: 0, maxUses: 2 }]}
      inviteRooms={[room]}
      fresh={{ kind: "reset", link: x, words: x }}
      typed={form}
    />
  );
  const person: Member = {
    ...{ id: 1, kind: "person", handle: x, name: x, title: x, role: "guest", removedAt: null },
  };
  const entry = {
    ...times,
    id: 1,
    action: x,
    actor: x,
    target: x,
    address: x,
    result: "ok" as const,
    detail: x,
    hash: x,
  };
  const kept = {
    ...{ method: x, by: x, door: x, device: x, client: x, name: x, prefix: x, role: x, title: x, visibility: x },
    ...{ permissions: [x], rooms: [x], scope: x, code: x, times: x, route: x, expiresAt: at, [x]: x, more: { x } },
  };
  const device = { ...page, code: x, client: x, permissions: [x], meName: x };
  const ways = { password: true, byName: "guest" as const, setUp: true };
  return [
    <SignInPage {...page} ways={ways} name={x} />,
    <SignInPage {...page} ways={ways} name={x} error={undefined} />,
    <SignInPage {...page} ways={{ ...ways, byName: "development" }} name={x} refused="name" />,
    <SetUpPage {...page} name={x} />,
    <AcceptInvitationPage {...page} name={x} invitation={invitation} field="password" />,
    <NewPasswordPage {...page} memberName={x} />,
    <GonePage {...page} title={x} words={x} />,
    ...(["profile", "password", "sessions", "keys", "devices"] as const).map(settings),
    members({}),
    members(typed),
    <AuditPage
      {...page}
      entries={[entry, { ...entry, detail: JSON.stringify(kept) }]}
      filters={{ actor: x, action: x, result: x, from: x, to: x, text: x, sockets: x }}
      newest="/audit?text=1"
      actions={[x]}
      older="/audit?before=1"
      exportHref={{ jsonl: "/audit.jsonl", csv: "/audit.csv" }}
      chain={{ ok: false, count: 1, head: x, brokenAt: 1 }}
    />,
    <TransportPage
      {...page}
      info={{
        ...{ type: "both", chosen: "telegram", connected: true, polling: true, since: at, switching: false },
        transports: (["websocket", "telegram"] as const).map((type) => ({
          ...{ type, available: true, on: true, connected: true, trouble: x },
        })),
      }}
      sockets={1}
      setting={x}
      switches={[{ ...times, id: 1, by: x, from: x, to: x, reason: x, durationMs: 1 }]}
      typed={{ to: x, reason: x }}
    />,
    <NewRoom
      assets={frame.assets}
      from={{ id: 1, slug: x, topic: x, visibility: "public", createdBy: null }}
      refused={{ error: x, field: undefined, typed: { name: x, topic: x, private: x } }}
    />,
    <RoomMembersPage
      {...page}
      room={{ id: 1, slug: "board", topic: x, visibility: "private", createdBy: 1 }}
      me={person}
      members={[{ member: person, mayPutOut: true }]}
      canBringIn={true}
      names={[x]}
      typed={x}
      about={1}
    />,
    ...(["enter", "confirm", "done", "denied"] as const).map((stage) => <DevicePage {...device} stage={stage} />),
  ].map(String);
}

const known = learn(["words", "two words", "x".repeat(300)].flatMap(everywhere));

test("the pages about people have no handler, no style and no script of their own", () => {
  const found = everywhere("words").flatMap((page) => offences(page, known));
  expect([...new Set(found)]).toEqual([]);
});

test(`${payloads.length} texts that would break out somewhere break out of no page about people`, () => {
  for (const payload of payloads) {
    const found = [...new Set(everywhere(payload).flatMap((page) => offences(page, known)))];
    expect({ payload, found }).toEqual({ payload, found: [] });
  }
});

import { Hono } from "hono";
import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { type Env, memberOf, requires } from "../../guards/identity.ts";
import { acceptsUnannounced } from "../../guards/validation.ts";
import type { Leases } from "../../leases/leases.ts";
import type { Project } from "../../leases/project.ts";
import type { LeaseRequests } from "../../leases/requests.ts";
import { wholeNumber } from "../../people/id.ts";
import type { Member } from "../../people/member.ts";
import type { Members } from "../../people/members.ts";
import { lockJson, lockRequestJson } from "./lease-shapes.ts";

interface Parts {
  leases: Leases;
  leaseRequests: LeaseRequests;
  project: Project;
  members: Members;
}

const name = z.string().max(100);
const files = z.array(z.string().max(1_000)).max(100);
/** Older programs spell the one who locks in three ways. */
const named = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(
    (given) => {
      if (given === null || typeof given !== "object") return given;
      const fields = given as Record<string, unknown>;
      return {
        ...fields,
        name: fields.name ?? fields.employee ?? fields.requester,
        file: fields.file ?? fields.file_path,
      };
    },
    z.object({ name, ...shape }),
  );
const locking = named({ files: files.min(1), description: z.string().max(1_000).nullish() });
const releasing = named({ files: files.nullish() });
const requesting = named({ file: z.string().min(1).max(1_000), reason: z.string().max(1_000).nullish() });
const rooting = z.object({ project_root: z.string().min(1).max(1_000) });

/** Claims as locks, in the terms of the system Parley replaces (PROTOCOL.md, HTTP). There nobody was asked who they are; here everybody locks for themselves, and for agents whoever manages tasks. */
export function lockRoutes({ leases, leaseRequests, project, members }: Parts) {
  /** An agent before a person of the same name, like everywhere in those terms. @throws Refusal NOT_FOUND */
  function memberNamed(given: string): Member {
    const found = [members.agent(given), members.person(given)].find((member) => member?.removedAt === null);
    if (!found) throw new Refusal("NOT_FOUND", `Nobody called "${given.slice(0, 50)}" works here.`);
    return found;
  }

  /** What came of one file, in the words that those programs know. @throws Refusal PERMISSION_DENIED, and what is nobody's mistake */
  async function lock(by: Member, holder: Member, file: string, purpose: string): Promise<string> {
    try {
      const before = new Set(leases.heldBy(holder.id).map(({ id }) => id));
      const [lease] = await leases.claim(by, { paths: [file], purpose, holder });
      return lease && before.has(lease.id) ? "already_locked" : "locked";
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.code === "INVALID_MESSAGE") return `validation_error: ${refusal.message}`;
      if (refusal.code !== "CONFLICT") throw refusal;
      const [taken] = leases.inTheWay(file, holder.id);
      return taken ? `locked_by_${taken.holder.name}` : `lock_failed: ${refusal.message}`;
    }
  }

  /** @throws Refusal as asking for it does */
  async function request(by: Member, requester: Member, path: string, reason: string): Promise<string> {
    const mine = leaseRequests.waiting(requester).filter((each) => each.requester.id === requester.id);
    const wanted = leases.pathOf(path).path;
    if (mine.some((each) => each.path === wanted)) return "request_already_exists";
    if (leases.inTheWay(path, requester.id).length === 0) {
      const { key } = leases.pathOf(path);
      const isOwn = leases.heldBy(requester.id).some((lease) => leases.pathOf(lease.path).key === key);
      return isOwn ? "already_owner" : "file_not_locked";
    }
    const [asked] = await leaseRequests.ask(by, { path, reason, holder: requester });
    return `request_sent_to_${asked?.holder.name ?? "nobody"}`;
  }

  const answering = (approved: boolean) =>
    [
      `/files/requests/:id/${approved ? "approve" : "deny"}`,
      requires("write"),
      async (context: Parameters<typeof memberOf>[0]) => {
        const id = wholeNumber(context.req.param("id") ?? "");
        const { path, requester } = await leaseRequests.decide(memberOf(context), id, approved);
        const message = approved ? `${requester.name} has ${path} now.` : `${requester.name} does not get ${path}.`;
        return context.json({ message });
      },
    ] as const;

  return new Hono<Env>()
    .get("/files", requires("read"), (context) => context.json({ files: leases.list(memberOf(context)).map(lockJson) }))
    .post("/files/lock", requires("write"), acceptsUnannounced(locking), async (context) => {
      const by = memberOf(context);
      const { name, files, description } = context.req.valid("json");
      const holder = memberNamed(name);
      const result: Record<string, string> = {};
      for (const file of files) result[file] = await lock(by, holder, file, description ?? "");
      return context.json({ result });
    })
    .post("/files/release", requires("write"), acceptsUnannounced(releasing), async (context) => {
      const { name, files } = context.req.valid("json");
      const released = await leases.releasePaths(memberOf(context), memberNamed(name), files ?? null);
      return context.json({ released: released.map(({ path }) => path) });
    })
    .get("/files/requests", requires("read"), (context) =>
      context.json({ requests: leaseRequests.waiting(memberOf(context)).map(lockRequestJson) }),
    )
    .post("/files/requests", requires("write"), acceptsUnannounced(requesting), async (context) => {
      const { name, file, reason } = context.req.valid("json");
      return context.json({ result: await request(memberOf(context), memberNamed(name), file, reason ?? "") });
    })
    .post(...answering(true))
    .post(...answering(false))
    .get("/project-root", requires("execute"), (context) => context.json({ project_root: project.root() }))
    .post(
      "/project-root",
      requires("manage_system", "anything", "admin"),
      acceptsUnannounced(rooting),
      async (context) => {
        const root = await project.move(memberOf(context), context.req.valid("json").project_root);
        return context.json({ message: `The project lies in ${root} now.`, project_root: root });
      },
    );
}

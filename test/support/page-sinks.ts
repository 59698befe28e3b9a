import type { Mallory } from "./mallory.ts";
import { form, joined, type Sink, sink, type Texts, upTo } from "./sink.ts";

/** What is said where not everybody reads. */
export const hiddenSinks: readonly Sink[] = [
  sink("message", "all", (mallory, texts) => mallory.says(texts)),
  sink("message by form", "all", (mallory, texts) =>
    mallory.posts("/rooms/{room}/messages", joined(texts, 1_000, "\n\n"), { text: "{text}" }),
  ),
];

/** What stands on the pages beside the rooms: settings, members, devices, the audit. Who looks is an admin, and sees most. Few are here at first: lists of
 * everybody stand on many of them. */
export const pageSinks: readonly Sink[] = [
  sink("member of a private room", "some", members),
  sink("title in the settings", "some", titles),
  sink("note of an invitation", "all", async (mallory, texts) => {
    await mallory.postsJson("/api/v1/invitations", joined(texts, 190), { role: "viewer", note: "{text}" });
    await mallory.opens(["/members"]);
  }),
  sink("note of an invitation, on the page", "all", (mallory, texts) =>
    mallory.posts("/invitations", joined(texts, 190).slice(0, 4), { role: "viewer", note: "{text}" }),
  ),
  sink("name of a key", "all", async (mallory, texts) => {
    await mallory.postsJson("/api/v1/api-keys", joined(upTo(60, texts), 60), { name: "{text}", permissions: ["read"] });
    await mallory.opens(["/settings"]);
  }),
  sink("name of a key, on the page", "all", (mallory, texts) =>
    mallory.posts("/settings/keys", upTo(60, texts).slice(0, 4), { name: "{text}", permissions: "read" }),
  ),
  sink("name of a browser", "all", async (mallory, texts) => {
    await mallory.comesWith(joined(texts, 190));
    await mallory.opens(["/settings"]);
  }),
  sink("name of a device", "all", async (mallory, texts) => {
    await mallory.letsIn(joined(upTo(60, texts), 60));
    await mallory.opens(["/settings"]);
  }),
  sink("code of a device, in the address", "all", (mallory, texts) =>
    mallory.follows(texts, "/auth/device?user_code={text}"),
  ),
  sink("code of a device", "none", form("/auth/device", { user_code: "{text}" })),
  sink("name on an invitation that is gone", "none", (mallory, texts) => mallory.follows(texts, "/invitations/{text}")),
  sink("name and topic of a private room", "all", privateRooms),
  sink("title among the members", "all", async (mallory, texts) => {
    await mallory.posts("/sign-in", joined(upTo(50, texts), 50), { name: "entitled {n}", role: "{text}" });
    await mallory.opens(["/members"]);
  }),
  sink("audit", "all", audit),
  sink("filters of the audit", "some", (mallory, texts) =>
    mallory.follows(joined(texts, 90), "/audit?text={text}&actor={text}"),
  ),
  sink("action in the filters of the audit", "all", (mallory, texts) =>
    mallory.follows(joined(upTo(59, texts), 59), "/audit?action={text}"),
  ),
  sink("day in the filters of the audit", "some", (mallory, texts) =>
    mallory.follows(joined(upTo(38, texts), 38), "/audit?from=x{text}"),
  ),
];

/** One's own, each until the next is chosen. */
async function titles(mallory: Mallory, texts: Texts): Promise<void> {
  for (const title of joined(upTo(50, texts), 50).filter((_, nth) => nth % 8 === 0)) {
    await mallory.posts("/settings/profile", [title], { title: "{text}" });
    await mallory.opens(["/settings"]);
  }
}

/** The topic of each stands beside every room, and over its own. */
async function privateRooms(mallory: Mallory, texts: Texts): Promise<void> {
  const before = mallory.ledTo.size;
  await mallory.posts("/rooms", joined(texts, 190), { name: "secret {n}", topic: "{text}", private: "on" });
  await mallory.opens([...mallory.ledTo].slice(before).slice(-12));
}

/** A good part of what was done so far, read back page by page. */
async function audit(mallory: Mallory): Promise<void> {
  await mallory.opens(["/audit"]);
  const befores = Array.from({ length: 12 }, (_, nth) => String(100 * (nth + 1)));
  await mallory.follows(befores, "/audit?before={text}");
}

/** Who comes by such a name is brought into a room, and stands on its page. */
async function members(mallory: Mallory, texts: Texts): Promise<void> {
  const room = `board ${texts.length}`;
  const { taken, refused } = mallory;
  await mallory.posts("/rooms", [room], { name: "{text}", private: "on" });
  await mallory.posts("/sign-in", texts, { name: "{text}", role: "Developer" });
  Object.assign(mallory, { taken, refused });
  const path = `/rooms/${encodeURIComponent(mallory.slugOf(`board-${texts.length}`))}/members`;
  await mallory.posts(path, texts, { name: "{text}" });
  await mallory.opens([path, "/members"]);
}

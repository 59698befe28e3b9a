import { describe, expect, test } from "bun:test";
import { AuditPage } from "../../views/audit.tsx";
import { formsOf, formTo, frame, namesOf, pieces } from "../support/markup.ts";

const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const entry = {
  id: 7,
  at: Date.UTC(2026, 2, 12, 14, 5, 9),
  action: "sign_in",
  actor: "mira",
  target: "tomas",
  address: "192.0.2.1",
  result: "refused" as const,
  detail: "wrong password",
  hash,
};
const filters = { actor: "", action: "", result: "", from: "", to: "", text: "", sockets: "" };
const usual = {
  ...frame,
  entries: [entry],
  filters,
  actions: ["sign_in", "key.made"],
  older: "/audit?before=7",
  newest: null,
  exportHref: { jsonl: "/audit.jsonl", csv: "/audit.csv" },
  chain: { ok: true, count: 1, head: hash },
} satisfies Parameters<typeof AuditPage>[0];

const audit = (more: Partial<Parameters<typeof AuditPage>[0]> = {}) => <AuditPage {...usual} {...more} />;

describe("the audit log", () => {
  test("says of each entry when, who, what, to whom, from where and how it ended", () => {
    const html = String(audit());
    for (const words of [
      "mira",
      "sign_in",
      "tomas",
      "wrong password",
      "192.0.2.1",
      "refused",
      "2026-03-12 14:05:09 UTC",
    ])
      expect(html).toContain(words);
    expect(pieces(audit(), "td code[title]").map(({ attributes, text }) => [attributes.title, text])).toEqual([
      [hash, hash.slice(0, 8)],
    ]);
  });

  test("says its columns once for the table and in each cell for the phone", () => {
    const columns = pieces(audit(), "th[scope=col]").map(({ text }) => text);
    expect(pieces(audit(), "td").map(({ attributes }) => attributes["data-column"])).toEqual(columns);
  });

  test("is filtered by the address of the page", () => {
    const form = formTo(audit(), "/audit");
    expect(form.method).toBe("get");
    expect(namesOf(form).toSorted()).toEqual(["action", "actor", "from", "result", "sockets", "text", "to"]);
    const page = audit({ filters: { ...filters, action: "key.made", from: "2026-03-01", text: "x" } });
    expect(pieces(page, "option[selected]").map(({ text }) => text)).toEqual(["key.made"]);
    expect(pieces(page, "#filter-from").map(({ attributes }) => attributes.value)).toEqual(["2026-03-01"]);
    expect(pieces(page, 'a.button[href="/audit"]')).toHaveLength(1);
    expect(pieces(audit(), 'a.button[href="/audit"]')).toEqual([]);
  });

  test("leads on to what is older, and out as a file", () => {
    const links = pieces(audit(), "main a").map(({ attributes }) => attributes.href);
    expect(links).toEqual(["/audit.jsonl", "/audit.csv", "/audit?before=7"]);
    expect(pieces(audit({ older: null }), "a[rel=next]")).toEqual([]);
    const back = pieces(audit({ newest: "/audit?text=x" }), ".more a").map(({ attributes }) => attributes.href);
    expect(back).toEqual(["/audit?text=x", "/audit?before=7"]);
  });

  test("says at once when its chain is broken, and where", () => {
    const page = audit({ chain: { ok: false, count: 3, head: hash, brokenAt: 2 } });
    expect(pieces(page, "[role=alert]")).toHaveLength(1);
    expect(String(page)).toContain("altered at entry 2");
    expect(pieces(audit(), "[role=alert]")).toEqual([]);
  });

  test("says what is kept beside an entry as one would say it, times in the reader's zone", () => {
    const detail = {
      name: "deploy",
      prefix: "ply_ab12",
      permissions: ["read", "manage_tasks"],
      rooms: ["#general", "room 11"],
      expiresAt: Date.UTC(2026, 11, 24),
      maxUses: 5,
      later: { x: 1 },
    };
    const page = audit({ entries: [{ ...entry, detail: JSON.stringify(detail) }] });
    const [said] = pieces(page, ".detail").map(({ text }) => text.replaceAll("&quot;", '"'));
    expect(said).toBe(
      '"deploy", ply_ab12…, may read, manage tasks and agents, in #general, room 11, until 2026-12-24, 5 uses, later {"x":1}',
    );
    expect(pieces(page, ".detail time[data-format=date]")).toHaveLength(1);
  });

  test("has an empty cell where there is nothing to say, so that the phone can leave it out", () => {
    const page = String(audit({ entries: [{ ...entry, target: "", address: "", detail: "{}" }] }));
    expect(page).toContain('<td data-column="Target"></td>');
    expect(page).toContain('<td data-column="Address"></td>');
  });

  test("says when nothing is there, or nothing fits", () => {
    expect(String(audit({ entries: [] }))).toContain("Nothing yet.");
    expect(String(audit({ entries: [], filters: { ...filters, text: "x" } }))).toContain("Nothing matches");
    // How many are asked for, and from where on, is no filter.
    const asked = { ...filters, limit: 100, before: 7 };
    expect(String(audit({ entries: [], filters: asked }))).toContain("Nothing yet.");
    expect(formsOf(audit({ entries: [] }))).toHaveLength(1);
  });
});

import type { Store } from "../database/open.ts";

/** What a member holds or has handed out, and how each of it ends: everything that takes access away does it by these. */
export function endings({ sqlite }: Pick<Store, "sqlite">) {
  const of = (sql: string) => {
    const statement = sqlite.query<unknown, [number, number]>(sql);
    return (at: number, memberId: number) => void statement.run(at, memberId);
  };
  const invitations = of("UPDATE invitations SET revoked_at = ? WHERE created_by = ? AND revoked_at IS NULL");
  const madeForOthers = of("UPDATE password_resets SET used_at = ? WHERE created_by = ? AND used_at IS NULL");
  return {
    sessions: of("UPDATE sessions SET ended_at = ? WHERE member_id = ? AND ended_at IS NULL"),
    keys: of("UPDATE api_keys SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL"),
    grants: of("UPDATE grants SET revoked_at = ? WHERE member_id = ? AND revoked_at IS NULL"),
    /** Links to the member's own password, whoever made them. */
    resets: of("UPDATE password_resets SET used_at = ? WHERE member_id = ? AND used_at IS NULL"),
    /** Links that the member made for others. */
    madeForOthers,
    /** What others come in by: invitations, and links to their passwords. */
    handedOut(at: number, memberId: number) {
      invitations(at, memberId);
      madeForOthers(at, memberId);
    },
  };
}

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HandClock } from "./clock.ts";
import { openHouse } from "./house.ts";

/** A folder for a server that others can reach, which starts with an owner only: olga, whose password nobody knows. */
export async function ownedFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "parley-owned-"));
  const clock = new HandClock();
  using house = openHouse({ path: join(folder, "parley.db"), clock });
  const olga = house.person("olga", "owner");
  await house.passwords.set(olga, "a hash of some password", olga);
  return folder;
}

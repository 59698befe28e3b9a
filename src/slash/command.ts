import type { Member, Permission } from "../people/member.ts";
import type { Room } from "../rooms/room.ts";

/** A command that is written into the room with a slash before its name. */
export interface SlashCommand {
  readonly name: string;
  /** How it is written: `<needed>` and `[possible]`. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly help: string;
  /** More to know, for `/help <command>`. Markdown. */
  readonly details?: string;
  /** What one must be allowed to do; whoever may not is not offered it. */
  readonly needs: Permission;
  /** @returns Markdown for who asked, and nobody else. @throws Refusal, whose words they get instead */
  run(asked: Asked): string | Promise<string>;
}

/** Who wrote a command where, and what stands after its name. */
export interface Asked {
  /** Narrowed to what they came in with, like everywhere. */
  readonly member: Member;
  readonly room: Room;
  /** Of the first line, quotes kept together. */
  readonly args: readonly string[];
  /** All of it as it was typed, further lines as well. */
  readonly rest: string;
}

import { Refusal } from "../errors.ts";
import { type Member, may } from "../people/member.ts";
import type { SlashCommand } from "./command.ts";

const types = ["websocket", "telegram", "both"] as const;
export type TransportChoice = (typeof types)[number];

/** What the command works on: whoever runs the transports. */
export interface TransportControl {
  /** What people talk through now, in one line. */
  describe(): string;
  /** @returns what came of it, in words. @throws Refusal TRANSPORT_UNAVAILABLE when it stays as it is */
  switchTo(type: TransportChoice, by: Member): Promise<string>;
}

/** `/transport`: everybody may know, administrators switch. */
export function transportCommand(transport: TransportControl): SlashCommand {
  const usage = "/transport [websocket | telegram | both]";
  return {
    name: "transport",
    usage,
    help: "What people talk through; administrators switch it",
    needs: "read",
    run({ member, args: [typed] }) {
      if (typed === undefined) return `Now: ${transport.describe()}.`;
      if (!may(member, "manage_system"))
        throw new Refusal("PERMISSION_DENIED", "Only administrators switch what everybody talks through.");
      const type = types.find((each) => each === typed.toLowerCase());
      if (!type) throw new Refusal("INVALID_MESSAGE", `Choose one of ${types.join(", ")}: \`${usage}\`.`);
      return transport.switchTo(type, member);
    },
  };
}

import { Refusal } from "../errors.ts";

interface Result {
  success: boolean;
  error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] };
}

/** For zValidator: what is invalid is refused like everything else, naming the field. @throws Refusal INVALID_MESSAGE */
export function refuseInvalid(result: Result): void {
  if (result.success) return;
  const [issue] = result.error?.issues ?? [];
  throw new Refusal("INVALID_MESSAGE", `"${issue?.path.join(".") || "request"}": ${issue?.message ?? "not valid"}.`);
}

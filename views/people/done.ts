import type { SettingsSection } from "./settings.tsx";

/** What was done in the settings, by the word that the address of the page says it with, and the section it is shown in. */
export const settingsDone: Readonly<Record<string, { readonly section: SettingsSection; readonly notice: string }>> = {
  title: { section: "profile", notice: "Your title is saved." },
  password: {
    section: "password",
    notice: "Your new password is set. Wherever else you were signed in, you sign in again with it.",
  },
  session: { section: "sessions", notice: "That session has ended." },
  others: { section: "sessions", notice: "All your other sessions have ended." },
  key: { section: "keys", notice: "That key is revoked: it opens nothing any more." },
  device: { section: "devices", notice: "That device is shut out." },
};

/** What was done about a member, shown at that member. */
export const memberDone: Readonly<Record<string, string>> = {
  role: "The role is changed.",
  disabled: "Disabled: shut out everywhere.",
  enabled: "Enabled: may sign in again.",
  "signed-out": "Signed out everywhere.",
};

/** What was done about an agent. */
export const agentDone: Readonly<Record<string, string>> = {
  settings: "Saved. What it is doing at this moment goes on as it began.",
  moved: "The order is changed.",
  cancelled: "That task is cancelled.",
};

/** What was done about an invitation. */
export const invitationDone: Readonly<Record<string, string>> = { revoked: "That invitation is revoked." };

/** What was done about one's Telegram accounts. */
export const telegramDone: Readonly<Record<string, string>> = { unlinked: "That account is no longer linked." };

/** What was done on the page of a room's members. */
export const seatDone: Readonly<Record<string, (name: string) => string>> = {
  in: (name) => `${name} is in this room now.`,
  out: (name) => `${name} is not in this room any more.`,
};

/** What was done before one came to a room. */
export const roomDone: Readonly<Record<string, string>> = { left: "You left that room." };

/** What a code stands for, or undefined: what somebody else made up says nothing. */
export function doneIn<T>(known: Readonly<Record<string, T>>, code: string | undefined): T | undefined {
  return code !== undefined && Object.hasOwn(known, code) ? known[code] : undefined;
}

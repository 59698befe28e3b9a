import type { Clock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { networkOf } from "../network.ts";
import { createAttempts } from "./attempts.ts";
import type { Member, Permission } from "./member.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { newUserCode, shownCode, typedCode } from "./user-code.ts";

/** A device that asked to act as somebody and waits for them to say so on the page. */
export interface PendingDevice {
  readonly userCode: string;
  readonly client: string;
  readonly scope: string;
}

/** What became of a device's question. */
export type DeviceAnswer = { readonly member: Member; readonly client: string; readonly scope: string };

/** Device sign-in (RFC 8628), the waiting part: kept in memory, for ten minutes. After a restart the device asks again. */
export interface Devices {
  /** @throws Refusal RATE_LIMITED when too many wait, in all or of that address, INVALID_MESSAGE for a scope that does not exist */
  ask(client: string, scope: string, address: string): { deviceCode: string; userCode: string };
  /** What a typed code stands for. @throws Refusal NOT_FOUND */
  look(userCode: string): PendingDevice;
  /** @throws Refusal NOT_FOUND, or CONFLICT when it was decided already */
  decide(userCode: string, member: Member, allow: boolean): PendingDevice;
  /** The device asks how it stands. Once it has its answer the code is used up. */
  poll(deviceCode: string): "authorization_pending" | "slow_down" | "expired_token" | "invalid_grant" | DeviceAnswer;
}

/** Seconds a code lives, and how far apart a device may ask. */
export const deviceSeconds = 600;
export const pollSeconds = 5;

/** What scopes of devices stand for; permissions' own names stand for themselves. */
const scopes: Readonly<Record<string, readonly Permission[]>> = {
  "agent:manage": ["read", "write", "execute"],
  "agent:connect": ["read", "write", "execute"],
  chat: ["read", "write"],
  read: ["read"],
  write: ["read", "write"],
  execute: ["read", "write", "execute"],
  manage_tasks: ["read", "write", "manage_tasks"],
};

/** The permissions of a space-separated scope. @throws Refusal INVALID_MESSAGE naming the scope that does not exist */
export function permissionsOfScope(scope: string): readonly Permission[] {
  const granted = new Set<Permission>();
  for (const word of scope.split(/\s+/).filter(Boolean)) {
    const meant = Object.hasOwn(scopes, word) ? scopes[word] : undefined;
    if (!meant) throw new Refusal("INVALID_MESSAGE", `There is no scope "${word.slice(0, 40)}".`);
    for (const permission of meant) granted.add(permission);
  }
  return [...granted];
}

interface Waiting extends PendingDevice {
  readonly deviceHash: string;
  readonly expiresAt: number;
  pollAt: number;
  decided: { member: Member; allow: boolean } | undefined;
}

export function createDevices(clock: Clock, limits: Limits): Devices {
  const byUserCode = new Map<string, Waiting>();
  const byDeviceCode = new Map<string, Waiting>();
  const asked = createAttempts(clock, limits.devicesPerAddress, deviceSeconds * 1000);

  function forget(device: Waiting): void {
    byUserCode.delete(device.userCode);
    byDeviceCode.delete(device.deviceHash);
  }

  function forgetExpired(): void {
    const now = clock.monotonic();
    // Codes stay known a while after their time, so that a device hears "expired" and not "unknown".
    for (const device of byDeviceCode.values()) if (device.expiresAt + deviceSeconds * 1000 < now) forget(device);
  }

  function pending(userCode: string): Waiting {
    const device = byUserCode.get(typedCode(userCode));
    if (!device || device.expiresAt <= clock.monotonic())
      throw new Refusal(
        "NOT_FOUND",
        "No device waits with that code: look at the code again, or start anew on the device.",
      );
    if (device.decided) throw new Refusal("CONFLICT", "That code was used already.");
    return device;
  }

  return {
    ask(rawClient, rawScope, address) {
      forgetExpired();
      asked.begin(networkOf(address));
      if (byDeviceCode.size >= limits.pendingDevices)
        throw new Refusal("RATE_LIMITED", "Too many devices are waiting.", { retryAfter: 60_000 });
      const scope = rawScope.trim() || "agent:manage";
      permissionsOfScope(scope);
      const client =
        rawClient
          .replace(/[\p{Cc}\p{Cf}]+/gu, " ")
          .trim()
          .slice(0, 60) || "a device";
      const deviceCode = newSecret();
      let userCode = newUserCode();
      while (byUserCode.has(userCode)) userCode = newUserCode();
      const device: Waiting = {
        userCode,
        client,
        scope,
        deviceHash: hashOf(deviceCode),
        expiresAt: clock.monotonic() + deviceSeconds * 1000,
        pollAt: 0,
        decided: undefined,
      };
      byUserCode.set(userCode, device);
      byDeviceCode.set(device.deviceHash, device);
      return { deviceCode, userCode: shownCode(userCode) };
    },
    look: pending,
    decide(userCode, member, allow) {
      const device = pending(userCode);
      device.decided = { member, allow };
      return device;
    },
    poll(deviceCode) {
      const device = byDeviceCode.get(hashOf(deviceCode));
      const now = clock.monotonic();
      if (!device) return "invalid_grant";
      if (device.expiresAt <= now) return "expired_token";
      const early = now < device.pollAt;
      device.pollAt = now + pollSeconds * 1000 - 500;
      if (device.decided) {
        forget(device);
        const { client, scope, decided } = device;
        return decided.allow ? { member: decided.member, client, scope } : "invalid_grant";
      }
      return early ? "slow_down" : "authorization_pending";
    },
  };
}

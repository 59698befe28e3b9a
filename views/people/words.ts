/** What each permission allows, as one would say it. */
const permissions: Readonly<Record<string, string>> = {
  read: "read",
  write: "write",
  execute: "run commands",
  analyze: "analyse",
  manage_tasks: "manage tasks and agents",
  manage_users: "manage people",
  manage_system: "manage the system",
  manage_owners: "manage owners",
};

/** What each role may do, the widest first. */
export const roleMeanings: Readonly<Record<string, string>> = {
  owner: "everything, owners too",
  admin: "everything but owners",
  developer: "writes, makes rooms, hires agents, manages tasks",
  analyst: "reads and writes",
  viewer: "reads only",
  guest: "reads and writes in public rooms",
};

export function permissionWords(permission: string): string {
  return Object.hasOwn(permissions, permission) ? `${permissions[permission]}` : permission;
}

/** "1 use", "3 uses" */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

const browsers: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\/|\bOpera\b/, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: readonly [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bWindows\b/, "Windows"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** What a browser calls itself, as its owner would say it: "Firefox on Linux". Programs keep the name they gave. */
export function deviceWords(device: string): string {
  if (device === "") return "Unknown device";
  const named = (kinds: readonly [RegExp, string][]) => kinds.find(([pattern]) => pattern.test(device))?.[1];
  const browser = named(browsers);
  const system = named(systems);
  if (!device.startsWith("Mozilla/") || !browser) return device;
  return system ? `${browser} on ${system}` : browser;
}

export interface PageBeside {
  readonly href: string;
  readonly label: string;
  /** One is there. */
  readonly isHere?: boolean;
}

const ofAccounts = [
  { href: "/settings", label: "Settings" },
  { href: "/settings/telegram", label: "Telegram" },
];
const ofTheServer = [
  { href: "/audit", label: "Audit" },
  { href: "/transport", label: "Transport" },
  { href: "/connections", label: "Connections" },
];

/** Pages beside the room, in the same order on each of them, for those who may open them. @param here the address of the one that shows them */
export function pagesBeside(here: string, canAudit = false, hasAccount = true): readonly PageBeside[] {
  const pages = [
    { href: "/needs-you", label: "Needs you" },
    { href: "/members", label: "Members" },
    { href: "/agents", label: "Agents" },
    { href: "/usage", label: "Usage" },
    { href: "/leases", label: "Files" },
    ...(hasAccount ? ofAccounts : []),
    { href: "/docs", label: "API" },
    ...(canAudit ? ofTheServer : []),
  ];
  return pages.map((page) => ({ ...page, isHere: page.href === here }));
}

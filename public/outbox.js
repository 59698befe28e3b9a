/**
 * Messages of mine the server has not shown yet. Each has a client id, is seen at once, is kept over a reload until it
 * appears in the room, and is sent again in order whenever a connection opens: the server knows a repeat by its id.
 * One storage key a message, so that two tabs cannot overwrite each other's.
 */
const { me, room, outboxLimit } = document.body.dataset;
const prefix = `parley:outbox:${me}:`;
const limit = Number(outboxLimit) || 100;
const groupMs = 5 * 60_000;
const postAfterMs = 10_000;
const messages = document.getElementById("messages");
const pending = document.getElementById("pending");
const template = document.getElementById("pending-message");
const waiting = new Map();
let order = 0;
let posting = false;

const connected = () => document.body.dataset.connection === "connected";
const here = () => [...waiting.values()].filter((entry) => entry.room === room);

function restore() {
  const kept = [];
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
    try {
      kept.push(JSON.parse(localStorage.getItem(key)));
    } catch {
      localStorage.removeItem(key);
    }
  }
  kept.sort((a, b) => a.at - b.at || a.order - b.order);
  for (const entry of kept) waiting.set(entry.clientId, entry);
}

function store(entry) {
  try {
    localStorage.setItem(prefix + entry.clientId, JSON.stringify(entry));
  } catch {
    // Full or forbidden storage: the message still waits on this page.
  }
}

/** Takes a message over from the composer, or refuses it (by cancelling) when too many wait. */
function keep(event) {
  if (waiting.size >= limit) {
    event.preventDefault();
    const text = `${limit} messages are waiting to be sent. This one stays in the box until some of them have gone.`;
    document.dispatchEvent(new CustomEvent("parley:toast", { detail: text }));
    return;
  }
  const entry = Object.assign(event.detail, { clientId: newId(), room, at: Date.now(), order: ++order });
  waiting.set(entry.clientId, entry);
  store(entry);
  show(entry);
  // Over a socket the form itself is sent.
  if (connected() && document.body.dataset.transport === "http") send(entry);
}

/** Outside secure contexts (plain http on a network) there is no randomUUID. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(entry) {
  let item = itemOf(entry.clientId);
  if (!item) {
    item = template.content.firstElementChild.cloneNode(true);
    Object.assign(item.dataset, { pending: entry.clientId, author: me, at: new Date(entry.at).toISOString() });
    item.querySelector(".body").textContent = entry.text;
    const carried = item.querySelector(".carried");
    carried.textContent = (entry.files ?? []).map(({ name }) => name).join(", ");
    carried.hidden = !entry.files;
    pending.append(item);
  }
  item.toggleAttribute("data-failed", Boolean(entry.failed));
  const words = entry.failed
    ? `Not sent: ${entry.failed}`
    : entry.posted
      ? "Sent"
      : connected()
        ? "Sending"
        : "Waiting for the connection";
  item.querySelector("[data-words]").textContent = words;
  for (const button of item.querySelectorAll("button")) button.hidden = !entry.failed;
  group();
}

/** The first one waiting stands under my last message without a head, as it will once it is sent. */
function group() {
  for (const item of pending.children) {
    const before = item.previousElementSibling ?? messages.lastElementChild;
    const close = before && Date.parse(item.dataset.at) - Date.parse(before.dataset.at) < groupMs;
    item.toggleAttribute("data-follow", Boolean(close && before.dataset.author === me));
  }
}

const itemOf = (clientId) => pending.querySelector(`[data-pending="${CSS.escape(clientId)}"]`);

function settle(clientId) {
  waiting.delete(clientId);
  localStorage.removeItem(prefix + clientId);
  itemOf(clientId)?.remove();
}

function fail(clientId, reason) {
  const entry = waiting.get(clientId);
  if (!entry) return;
  entry.failed = reason;
  store(entry);
  if (entry.room === room) show(entry);
}

const idsOf = (files) => files.map(({ id }) => id).join(" ");

function send({ clientId, text, replyTo, files, room }) {
  const frame = {
    type: "message",
    room,
    text,
    clientId,
    ...(replyTo && { replyTo }),
    ...(files && { files: idsOf(files) }),
  };
  document.dispatchEvent(new CustomEvent("parley:send", { detail: frame, cancelable: true }));
}

/** Over HTTP: what has waited for long, and messages of other rooms, whose echo this page would not see. */
async function post(entries) {
  if (posting) return;
  posting = true;
  for (const entry of entries) if (!(await posted(entry))) break;
  posting = false;
}

/** @returns {Promise<boolean>} whether the server could be asked */
async function posted({ clientId, text, replyTo, files, room: where }) {
  const answer = await fetch(`/rooms/${encodeURIComponent(where)}/messages`, {
    method: "POST",
    body: new URLSearchParams({ text, clientId, ...(replyTo && { replyTo }), ...(files && { files: idsOf(files) }) }),
    headers: { accept: "application/json" },
  }).catch(() => null);
  if (!answer || answer.status >= 500 || answer.status === 429 || answer.status === 401) return false;
  const said = await answer.json().catch(() => ({}));
  const entry = waiting.get(clientId);
  if (said.notice) document.dispatchEvent(new CustomEvent("parley:answer", { detail: said.notice }));
  if (!answer.ok) fail(clientId, said.message ?? "the server refused it.");
  else if (where !== room) settle(clientId);
  else if (entry) show(Object.assign(entry, { posted: true }));
  return true;
}

const unsent = () => [...waiting.values()].filter((entry) => !entry.failed && !entry.posted);

setInterval(() => post(unsent().filter((entry) => Date.now() - entry.at > postAfterMs)), postAfterMs / 4);

document.addEventListener("parley:online", () => {
  for (const entry of here()) {
    if (!entry.failed) send(entry);
    show(entry);
  }
  post(unsent().filter((entry) => entry.room !== room));
});
document.addEventListener("parley:offline", () => here().forEach(show));
document.addEventListener("parley:keep", keep);
document.addEventListener("parley:frame", ({ detail: frame }) => {
  if (frame.type === "ack" && frame.clientId) settle(frame.clientId);
  if (frame.type === "error" && frame.clientId) fail(frame.clientId, frame.message);
});
addEventListener(
  "storage",
  ({ key, newValue }) => key?.startsWith(prefix) && newValue === null && settle(key.slice(prefix.length)),
);

pending.addEventListener("click", ({ target }) => {
  const action = target.closest("button")?.dataset.action;
  const entry = waiting.get(target.closest("[data-pending]")?.dataset.pending);
  if (!action || !entry) return;
  if (action === "discard") return settle(entry.clientId);
  delete entry.failed;
  store(entry);
  show(entry);
  send(entry);
});

/** A client id is everybody's to read, so only my own messages can settle mine. */
function seen(items) {
  for (const item of items) if (item.dataset?.cid && item.dataset.author === me) settle(item.dataset.cid);
}
new MutationObserver((changes) => {
  for (const change of changes) seen(change.addedNodes);
  if (pending.firstElementChild) group();
}).observe(messages, { childList: true });

restore();
seen(messages.children);
here().forEach(show);

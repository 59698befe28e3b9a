/**
 * Keeps the page's socket alive and tells the truth about it.
 *
 * htmx's extension opens the socket and swaps what arrives; its own reconnecting is off (see views/layout.tsx), because
 * it cannot be made to look at once. Here one timer decides, and `parley:connect` on <body> is the trigger that opens.
 *
 * The modules of the page share no imports (each has a hashed address), they speak by events on the document:
 *   parley:send   {frame}  please send; cancelled when it went out      parley:frame  a JSON frame from the server
 *   parley:online          connected, resume was sent, your turn        parley:offline  the socket was lost
 * and by `data-connection` on <body>: connecting, connected, reconnecting, offline.
 */
const { body } = document;
const codes = window.htmx.config.ws.reconnectCodes;
const everyMs = Number(body.dataset.reconnectDelay) || 1_000;
const patience = Number(body.dataset.reconnectAttempts) || 10;
const [hiddenMs, connectMs, pingMs, pongMs] = [30_000, 5_000, 10_000, 8_000];
const bar = document.getElementById("connection");
const [words, detail, retry] = ["[data-words]", "[data-detail]", '[data-action="retry"]'].map((it) =>
  bar.querySelector(it),
);

let connection = null;
let lastSeq = Number(body.dataset.seq) || 0;
let attempt = 0;
let dueAt = 0;
const timers = { look: 0, deadline: 0, ping: 0, pong: 0, count: 0 };

/** Looks for the server now, whatever was planned. */
function look() {
  clearTimeout(timers.look);
  dueAt = 0;
  show();
  if (!connection) body.dispatchEvent(new Event("parley:connect"));
}

/** Soon the first time, spread so that a whole team does not come at once; then at the set pace, or slower while nobody looks. */
function lookLater() {
  attempt += 1;
  const pace = document.hidden ? Math.min(hiddenMs, everyMs * 2 ** (attempt - 1)) : everyMs;
  const delay = attempt === 1 ? 100 + Math.random() * 400 : pace * (0.85 + Math.random() * 0.3);
  dueAt = Date.now() + delay;
  clearTimeout(timers.look);
  timers.look = setTimeout(look, delay);
  become(attempt > patience ? "offline" : "reconnecting");
}

function become(state) {
  const was = body.dataset.connection;
  body.dataset.connection = state;
  clearInterval(timers.count);
  if (state !== "connected") timers.count = setInterval(show, 250);
  show();
  if (was === "connected" && state !== "connected") document.dispatchEvent(new Event("parley:offline"));
}

/** The word is announced by screen readers, the details beside it are only seen: they change too often. */
function show(latency) {
  const state = body.dataset.connection;
  const word = { connecting: "Connecting", connected: "Connected", reconnecting: "Reconnecting", offline: "Offline" }[
    state
  ];
  if (words.textContent !== word) words.textContent = word;
  const wait = Math.max(0, Math.ceil((dueAt - Date.now()) / 1000));
  if (state === "reconnecting") detail.textContent = `, attempt ${attempt}${wait > 0 ? `, next in ${wait} s` : ""}`;
  else if (state !== "connected") detail.textContent = "";
  else if (latency !== undefined) detail.textContent = `, ${latency} ms`;
  retry.hidden = state === "connected" || state === "connecting";
}

/** @returns {boolean} whether it went out */
function send(frame) {
  if (body.dataset.connection !== "connected" || connection?.socket?.readyState !== WebSocket.OPEN) return false;
  connection.socket.send(JSON.stringify(frame));
  return true;
}

function ping() {
  if (timers.pong || !send({ type: "ping", at: performance.now() })) return;
  timers.pong = setTimeout(() => drop(4000), pongMs);
}

/** Gives a silent socket up. A dead network never delivers the close event, so it is told at once. */
function drop(code) {
  const socket = connection?.socket;
  socket?.close(code);
  socket?.dispatchEvent(new CloseEvent("close", { code }));
}

document.addEventListener("htmx:ws:before:connection", (event) => {
  connection = event.detail.connection;
  timers.deadline = setTimeout(() => drop(4000), connectMs);
});

document.addEventListener("htmx:ws:after:connection", () => {
  clearTimeout(timers.deadline);
  attempt = 0;
  become("connected");
  send({ type: "resume", room: body.dataset.room, lastSeq, epoch: body.dataset.epoch });
  ping();
  // The first answer also waits for the page to settle; this one says how far the server is.
  setTimeout(ping, 1_500);
  timers.ping = setInterval(ping, pingMs);
  document.dispatchEvent(new Event("parley:online"));
});

document.addEventListener("htmx:ws:close", (event) => {
  if (event.detail.connection !== connection) return;
  connection = null;
  clearTimeout(timers.deadline);
  clearTimeout(timers.pong);
  clearInterval(timers.ping);
  timers.pong = 0;
  if (event.detail.code === 4401) location.assign("/sign-in");
  // No longer in this room: there is another one for everybody.
  else if (event.detail.code === 4403) location.assign("/");
  else if (codes.includes(event.detail.code)) lookLater();
  else become("offline");
});

document.addEventListener("htmx:ws:after:message:incoming", (event) => {
  const { data } = event.detail.message;
  if (typeof data !== "string") return;
  const seq = /^\s*<!--seq:(\d+)-->/.exec(data);
  if (seq) lastSeq = Math.max(lastSeq, Number(seq[1]));
  else if (data.startsWith("{")) received(JSON.parse(data));
});

function received(frame) {
  if (frame.type === "pong") {
    clearTimeout(timers.pong);
    timers.pong = 0;
    show(Math.max(1, Math.round(performance.now() - frame.at)));
  } else if (frame.type === "resync" || (frame.type === "ready" && frame.epoch && frame.epoch !== body.dataset.epoch)) {
    location.reload();
  }
  document.dispatchEvent(new CustomEvent("parley:frame", { detail: frame }));
}

/** What forms and buttons send is flat JSON too: without htmx's headers, without empty fields. */
document.addEventListener("htmx:ws:before:message:outgoing", (event) => {
  const { message } = event.detail;
  const filled = Object.entries(message.values).filter(([, value]) => value !== "");
  if (message.values.replyTo) filled.push(["replyTo", Number(message.values.replyTo)]);
  message.data = JSON.stringify(Object.fromEntries(filled));
});

document.addEventListener("parley:send", (event) => send(event.detail) && event.preventDefault());

document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest?.('[data-action="retry"]')) look();
    const button = event.target.closest?.("button[hx-ws\\:send]");
    if (!button || body.dataset.connection === "connected") return;
    event.stopImmediatePropagation();
    document.dispatchEvent(
      new CustomEvent("parley:toast", { detail: "Not connected. Try again when the connection is back." }),
    );
  },
  true,
);

const wake = () => {
  if (document.hidden || !body.dataset.connection) return;
  if (connection) ping();
  else look();
};
document.addEventListener("visibilitychange", wake);
addEventListener("online", wake);
addEventListener("pageshow", (event) => event.persisted && location.reload());

window.htmx.process(body);
look();

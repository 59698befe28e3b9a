/**
 * Keeps the page connected and tells the truth about it: over a socket where there can be one, else over HTTP (`http-line.js`), and back.
 *
 * htmx's extension opens the socket and swaps what arrives; its own reconnecting is off (see views/layout.tsx), because
 * it cannot be made to look at once. Here one timer decides, and `parley:connect` on <body> is the trigger that opens.
 * A socket that cannot be opened costs nothing but time: the page goes on over HTTP and tries again now and then.
 *
 * The modules of the page share no imports (each has a hashed address), they speak by events on the document:
 *   parley:send   {frame}  please send; cancelled when it went out      parley:frame  a JSON frame from the server
 *   parley:online          connected, resume was sent, your turn        parley:offline  the connection was lost
 * and by `data-connection` on <body> (connecting, connected, reconnecting, offline) and `data-transport` (websocket, http).
 */
const { body } = document;
const codes = window.htmx.config.ws.reconnectCodes;
const everyMs = Number(body.dataset.reconnectDelay) || 1_000;
const patience = Number(body.dataset.reconnectAttempts) || 10;
const [hiddenMs, connectMs, pingMs, pongMs] = [30_000, 5_000, 10_000, 8_000];
/** A socket that is not there after this long gets company: some proxies neither open nor refuse one. */
const companyMs = 2_000;
/** A socket that lived so long works; of those that did not, some lets the first words through and no more: after so many the page goes on over HTTP. */
const [steadyMs, mostShort] = [10_000, 2];
/** While the page is on HTTP it tries a socket after this long, then after twice as long, up to the last. */
const [againMs, againMostMs] = [2_000, 60_000];
const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

/** Whether this person's pages use sockets: the server says so, and may say otherwise at any time. */
let wanted = body.dataset.websocket !== "false";
/** htmx's connection, from the moment it is opened. */
let socket = null;
/** What carries frames now: "websocket", "http", or nothing. */
let carrier = null;
/** A line over HTTP is open, or opening. */
let line = false;
/** The socket is open, and waits until what goes over HTTP has arrived. */
let moving = false;
/** The socket was told where to go on: from then on nothing else may be. */
let resumed = false;
/** Frames that were said while nothing could carry them, and that are kept nowhere else. */
const held = [];
let lastSeq = Number(body.dataset.seq) || 0;
let attempt = 0;
let dueAt = 0;
let wasConnected = false;
/** Sockets that could not be opened, or were cut off soon, since one worked. */
let refused = 0;
const timers = { look: 0, deadline: 0, company: 0, again: 0, ping: 0, pong: 0, steady: 0 };

/** Looks for the server now, whatever was planned. */
function look() {
  clearTimeout(timers.look);
  dueAt = 0;
  say("parley:looking", { attempt, dueAt });
  if (wanted) openSocket();
  else openLine();
}

function openSocket() {
  clearTimeout(timers.again);
  if (!socket) body.dispatchEvent(new Event("parley:connect"));
}

function openLine() {
  clearTimeout(timers.company);
  if (line || carrier || moving || resumed) return;
  line = true;
  say("parley:line-open", { room: body.dataset.room, task: body.dataset.task, lastSeq, epoch: body.dataset.epoch });
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

/** On HTTP, and a socket would be better: less and less often. */
function tryAgain() {
  clearTimeout(timers.again);
  if (!wanted || carrier !== "http" || socket) return;
  const delay = Math.min(againMostMs, againMs * 2 ** Math.max(0, refused - 1));
  timers.again = setTimeout(openSocket, delay * (0.85 + Math.random() * 0.3));
}

function become(state) {
  const was = body.dataset.connection;
  body.dataset.connection = state;
  say("parley:looking", { attempt, dueAt });
  if (was === "connected" && state !== "connected") document.dispatchEvent(new Event("parley:offline"));
}

/** The server has answered: from now on this carries everything. */
function carried(by) {
  say("parley:carried", { cameBack: wasConnected && carrier === null });
  clearTimeout(timers.company);
  clearTimeout(timers.look);
  carrier = by;
  attempt = 0;
  wasConnected = true;
  body.dataset.transport = by;
  become("connected");
  clearTimeout(timers.pong);
  clearInterval(timers.ping);
  timers.pong = 0;
  ping();
  // The first answer also waits for the page to settle; this one says how far the server is.
  setTimeout(ping, 1_500);
  timers.ping = setInterval(ping, pingMs);
  for (const frame of held.splice(0)) send(frame);
  document.dispatchEvent(new Event("parley:online"));
  if (by === "http") tryAgain();
  else timers.steady = setTimeout(steady, steadyMs);
}

/** The socket is one that works. */
function steady() {
  timers.steady = 0;
  refused = 0;
}

/** What carried everything is lost. */
function dropped() {
  carrier = null;
  clearTimeout(timers.pong);
  clearInterval(timers.ping);
  timers.pong = 0;
}

/** @returns {boolean} whether it went out, or will as soon as the page has moved to its socket */
function send(frame) {
  if (moving) {
    // Messages are kept until they are seen, and go out again when it is over.
    if (frame.type === "message") return false;
    hold([frame]);
    return true;
  }
  if (carrier === "http") say("parley:line-send", frame);
  else if (carrier !== "websocket" || !speak(frame)) return false;
  return true;
}

/** Whether it went to the socket. */
function speak(frame) {
  if (socket?.socket?.readyState !== WebSocket.OPEN) return false;
  socket.socket.send(JSON.stringify(frame));
  return true;
}

function hold(frames) {
  held.push(
    ...frames.filter(({ type }) => ["edit_message", "delete_message", "task", "approval_response"].includes(type)),
  );
}

function ping() {
  if (timers.pong || moving || !send({ type: "ping", at: performance.now() })) return;
  const by = carrier;
  timers.pong = setTimeout(() => {
    if (by === "websocket") drop(4000);
    // What was posted arrived and the answer did not: something on the way gathers the stream.
    else say("parley:line-drop", { gathered: true });
  }, pongMs);
}

/** Gives a silent socket up. A dead network never delivers the close event, so it is told at once. */
function drop(code) {
  const given = socket?.socket;
  given?.close(code);
  given?.dispatchEvent(new CloseEvent("close", { code }));
}

function resume() {
  resumed = true;
  const { room, task, epoch } = body.dataset;
  speak({ type: "resume", room, task: task && Number(task), lastSeq, epoch });
}

document.addEventListener("htmx:ws:before:connection", (event) => {
  socket = event.detail.connection;
  timers.deadline = setTimeout(() => drop(4000), connectMs);
  if (!carrier) timers.company = setTimeout(openLine, companyMs);
});

document.addEventListener("htmx:ws:after:connection", () => {
  clearTimeout(timers.deadline);
  clearTimeout(timers.company);
  timers.deadline = setTimeout(() => drop(4000), pongMs);
  // What works is left only for what is shown to work: the answer to this decides.
  if (line) speak({ type: "ping" });
  else resume();
});

document.addEventListener("htmx:ws:close", (event) => {
  if (event.detail.connection !== socket) return;
  const { code } = event.detail;
  socket = null;
  resumed = false;
  clearTimeout(timers.deadline);
  clearTimeout(timers.company);
  if (left(code)) return;
  const isShort = timers.steady !== 0;
  clearTimeout(timers.steady);
  timers.steady = 0;
  if (carrier === "websocket") {
    dropped();
    if (!codes.includes(code)) return become("offline");
    if (isShort) refused += 1;
    if (refused <= mostShort) return lookLater();
    become("reconnecting");
  } else refused += 1;
  say("parley:failed", "websocket");
  if (moving) {
    // Lost in the very moment of moving. The line over HTTP is closed already, or will be, and another takes its place.
    moving = false;
    if (line) return;
    dropped();
    become("reconnecting");
  }
  if (carrier === "http") tryAgain();
  else openLine();
});

/** Whether the code means that there is nothing to come back to. */
function left(code) {
  if (code === 4401) say("parley:session-over");
  else if (code === 4403) say("parley:put-out");
  else return false;
  return true;
}

document.addEventListener("parley:line-down", ({ detail: { code, unsent } }) => {
  line = false;
  hold(unsent);
  if (left(code)) return;
  if (carrier === "http") dropped();
  else say("parley:failed", "http");
  // A socket that is opening may still come.
  if (carrier === null && !moving && !socket) lookLater();
});

document.addEventListener("parley:line-closed", ({ detail }) => {
  line = false;
  hold(detail?.unsent ?? []);
  if (moving) return resume();
  dropped();
  become("reconnecting");
  openLine();
});

document.addEventListener("htmx:ws:after:message:incoming", (event) => heard(event.detail.message.data, "websocket"));
document.addEventListener("parley:line-data", ({ detail }) => heard(detail, "http"));

function heard(data, by) {
  if (typeof data !== "string") return;
  const seq = /^\s*<!--seq:(\d+)-->/.exec(data);
  if (seq) lastSeq = Math.max(lastSeq, Number(seq[1]));
  else if (data.startsWith("{")) received(JSON.parse(data), by);
}

function received(frame, by) {
  if (frame.type === "pong" && by === "websocket" && carrier !== "websocket") {
    // The socket works, and the page is on HTTP: what goes that way arrives first.
    moving = true;
    say("parley:line-close");
    return;
  }
  if (frame.type === "pong") {
    clearTimeout(timers.pong);
    timers.pong = 0;
    say("parley:latency", Math.max(1, Math.round(performance.now() - frame.at)));
  } else if (frame.type === "resync" || (frame.type === "ready" && frame.epoch && frame.epoch !== body.dataset.epoch)) {
    location.reload();
  } else if (frame.type === "ready") {
    if (by === "websocket") clearTimeout(timers.deadline);
    moving = false;
    wanted = frame.websocket ?? wanted;
    carried(by);
  } else if (frame.type === "transport") follow(frame.websocket);
  document.dispatchEvent(new CustomEvent("parley:frame", { detail: frame }));
}

/** The server has decided anew whether this page uses a socket. */
function follow(websocket) {
  wanted = websocket;
  refused = 0;
  clearTimeout(timers.again);
  // Spread, so that all pages do not come at once.
  if (websocket && carrier === "http") timers.again = setTimeout(openSocket, 100 + Math.random() * 2_000);
}

document.addEventListener("parley:send", (event) => send(event.detail) && event.preventDefault());

document.addEventListener("click", ({ target }) => target.closest?.('[data-action="retry"]') && look());

const wake = () => {
  if (document.hidden || !body.dataset.connection) return;
  if (carrier) ping();
  else look();
};
document.addEventListener("visibilitychange", wake);
addEventListener("online", wake);
addEventListener("pageshow", (event) => event.persisted && location.reload());

window.htmx.process(body);
look();

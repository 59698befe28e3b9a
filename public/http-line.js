/**
 * The page's line to the server when it has no socket: what it hears comes as a stream of events or, where something on the way gathers
 * those until they are worth nothing, as one answer after the other; what it says goes by posts, in order.
 *
 *   parley:line-open  {room, task, lastSeq, epoch}   parley:line-send {frame}
 *   parley:line-close  what was said goes out first; answered by parley:line-closed
 *   parley:line-drop  {gathered}  give it up at once
 *   parley:line-data  a frame came, and is in the page       parley:line-down {code, unsent}  the line is lost
 */
const { body } = document;
/** Nothing comes through a proxy that gathers within this time. */
const firstEventMs = 4_000;
const postBytes = 32_000;
const postFrames = 100;
const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

let line = null;
/** Whether streams come through here; that they do not is found out once a page. */
let streams = true;

function open(where) {
  if (line) return;
  const opened = { abort: new AbortController(), applying: Promise.resolve(), id: null, code: 1006, queue: [] };
  line = opened;
  listen(opened, where)
    .catch(() => {})
    .finally(() => opened.applying.finally(() => down(opened)));
}

async function listen(opened, where) {
  if (streams && (await readStream(opened, where))) return;
  if (opened !== line || opened.abort.signal.aborted) return;
  await readAnswers(opened, where);
}

function address(values) {
  return `/live?${new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== null))}`;
}

/** @returns {Promise<boolean>} false when streams do not come through */
async function readStream(opened, { room, task, lastSeq, epoch }) {
  const trial = new AbortController();
  const stop = () => trial.abort();
  opened.abort.signal.addEventListener("abort", stop);
  const patience = setTimeout(stop, firstEventMs);
  let came = false;
  try {
    const answer = await fetch(address({ room, task, after: lastSeq, epoch }), {
      headers: { accept: "text/event-stream" },
      signal: trial.signal,
    });
    if (!answer.ok) {
      opened.code = codeOf(answer.status);
      return true;
    }
    for await (const { name, data } of eventsOf(answer.body)) {
      if (!came) clearTimeout(patience);
      came = true;
      if (name === "line") begin(opened, JSON.parse(data).line);
      else if (name === "close") opened.code = JSON.parse(data).code;
      else apply(opened, data);
    }
  } catch (error) {
    if (opened.abort.signal.aborted) throw error;
    if (!came && trial.signal.aborted) return false;
  } finally {
    clearTimeout(patience);
  }
  return true;
}

/** The events of a stream: fields in lines, a blank line after each event. */
async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const fields = part.split("\n").map((text) => /^([a-z]+): ?(.*)$/s.exec(text));
      const of = (name) => fields.filter((field) => field?.[1] === name).map((field) => field[2]);
      const data = of("data");
      if (data.length > 0) yield { name: of("event")[0], data: data.join("\n") };
    }
  }
}

async function readAnswers(opened, { room, task, lastSeq, epoch }) {
  let next = address({ room, task, after: lastSeq, epoch });
  for (;;) {
    const answer = await fetch(next, { headers: { accept: "application/json" }, signal: opened.abort.signal });
    if (!answer.ok) {
      opened.code = codeOf(answer.status);
      return;
    }
    const { line: id, frames, closed } = await answer.json();
    for (const frame of frames) apply(opened, frame);
    if (closed) {
      opened.code = closed.code;
      return;
    }
    if (opened.id === null) {
      // Answers come through where a stream did not.
      streams = false;
      begin(opened, id);
    }
    next = address({ line: id });
  }
}

/** As a socket would have been closed. */
function codeOf(status) {
  if (status === 401) return 4401;
  return status === 403 ? 4403 : 1006;
}

/** From now on it can be spoken to. */
function begin(opened, id) {
  opened.id = id;
  post(opened);
}

/** Puts a frame into the page as the socket's extension does, one after the other. */
function apply(opened, data) {
  opened.applying = opened.applying
    .then(async () => {
      if (!data.startsWith("{"))
        await window.htmx.swap({
          sourceElement: body,
          target: body,
          swap: "none swapEmpty:false",
          text: data,
          transition: false,
        });
    })
    .catch(() => {})
    .then(() => say("parley:line-data", data));
}

/** Sends what waits, a post at a time, so that it arrives in the order it was said in. */
async function post(opened) {
  if (opened.posting || opened.id === null) return;
  opened.posting = true;
  while (opened.queue.length > 0 && opened === line) {
    const count = amount(opened.queue);
    const answer = await fetch(address({ line: opened.id }), {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: opened.queue.slice(0, count).join("\n"),
      signal: opened.abort.signal,
    }).catch(() => null);
    if (!answer?.ok) {
      if (answer) opened.code = codeOf(answer.status);
      opened.abort.abort();
      break;
    }
    opened.queue.splice(0, count);
  }
  opened.posting = false;
  opened.sent?.();
}

/** How many of the frames that wait fit into a post; the first always goes. */
function amount(queue) {
  let bytes = 0;
  let count = 0;
  for (const frame of queue.slice(0, postFrames)) {
    // In UTF-8 a character of these strings takes three bytes at the most.
    bytes += frame.length * 3;
    if (count > 0 && bytes > postBytes) break;
    count += 1;
  }
  return count;
}

/** What was said has arrived and what was heard is in the page when it says that it is closed. */
async function close() {
  const closing = line;
  if (!closing) return say("parley:line-closed");
  const sent = new Promise((resolve) => {
    closing.sent = resolve;
    if (!closing.posting) resolve();
    setTimeout(resolve, firstEventMs);
  });
  await sent;
  if (line !== closing) return;
  line = null;
  closing.abort.abort();
  await closing.applying;
  say("parley:line-closed", { unsent: unsentOf(closing) });
}

function down(opened) {
  opened.abort.abort();
  if (line !== opened) return;
  line = null;
  say("parley:line-down", { code: opened.code, unsent: unsentOf(opened) });
  // Whoever waits for it to be closed need not wait any more.
  if (opened.sent) say("parley:line-closed", { unsent: [] });
}

/** What did not go out for certain; messages are kept elsewhere until they are seen. */
function unsentOf({ queue }) {
  return queue.map((frame) => JSON.parse(frame));
}

document.addEventListener("parley:line-open", ({ detail }) => open(detail));
document.addEventListener("parley:line-send", ({ detail }) => {
  if (!line) return;
  line.queue.push(JSON.stringify(detail));
  post(line);
});
document.addEventListener("parley:line-close", close);
document.addEventListener("parley:line-drop", ({ detail }) => {
  if (detail?.gathered) streams = false;
  line?.abort.abort();
});

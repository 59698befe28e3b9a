/** Says in the room's head how the page is connected. */
const { body } = document;
const bar = document.getElementById("connection");
const [words, detail, retry] = ["[data-words]", "[data-detail]", '[data-action="retry"]'].map((it) =>
  bar.querySelector(it),
);
let looking = { attempt: 0, dueAt: 0 };
let counting = 0;

function wordFor(state) {
  if (state === "connected" && body.dataset.transport === "http") return "Connected over HTTP";
  return { connecting: "Connecting", connected: "Connected", reconnecting: "Reconnecting", offline: "Offline" }[state];
}

/** The word is announced by screen readers, the details beside it are only seen: they change too often. */
function show(latency) {
  const state = body.dataset.connection;
  const word = wordFor(state);
  if (words.textContent !== word) words.textContent = word;
  const wait = Math.max(0, Math.ceil((looking.dueAt - Date.now()) / 1000));
  if (state === "reconnecting")
    detail.textContent = `, attempt ${looking.attempt}${wait > 0 ? `, next in ${wait} s` : ""}`;
  else if (state !== "connected") detail.textContent = "";
  else if (latency !== undefined) detail.textContent = `, ${latency} ms`;
  retry.hidden = state === "connected" || state === "connecting";
}

document.addEventListener("parley:looking", (event) => {
  looking = event.detail;
  clearInterval(counting);
  if (body.dataset.connection !== "connected") counting = setInterval(show, 250);
  show();
});
document.addEventListener("parley:latency", (event) => show(event.detail));

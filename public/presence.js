/** Who is here and who is writing: words the typing line, tells others that I write, counts the agents, knows me in the lists. */
const { me, room, roomId } = document.body.dataset;
const typing = document.getElementById("typing");
const text = document.getElementById("composer")?.elements.text;
const repeatMs = 2_500;
/** The server takes one "is typing" a second, however short the messages are. */
const leastMs = 1_100;
let toldAt = 0;
let beganAt = 0;

/** The server sends `<span data-member>name</span>` for everybody who writes, the same to all; I leave myself out. */
const line = new MutationObserver(word);
function word() {
  const writers = [...typing.querySelectorAll("[data-member]")].filter((writer) => writer.dataset.member !== me);
  const parts = [];
  for (const [index, writer] of writers.slice(0, 3).entries()) {
    if (index > 0) parts.push(index === writers.length - 1 ? " and " : ", ");
    parts.push(writer);
  }
  if (writers.length > 3) parts.push(" and others");
  if (writers.length > 0) parts.push(writers.length === 1 ? " is typing" : " are typing");
  line.disconnect();
  typing.replaceChildren(...parts);
  line.observe(typing, { childList: true });
}

function tell(isTyping) {
  const now = Date.now();
  if (isTyping ? now - toldAt < repeatMs || now - beganAt < leastMs : toldAt === 0) return;
  toldAt = isTyping ? now : 0;
  if (isTyping) beganAt = now;
  // With an id of its own a refusal is about this frame, which nobody misses, and is not said to anybody.
  const frame = { type: "typing", room, isTyping, clientId: "typing" };
  document.dispatchEvent(new CustomEvent("parley:send", { detail: frame, cancelable: true }));
}

function count() {
  const place = document.querySelector("[data-count=agents]");
  if (place) place.textContent = String(document.querySelectorAll("#agents > li").length);
}

/** The lists come the same to everybody: I leave my name out of my conversations, cannot talk to myself, and mark where I am. */
function findMe() {
  for (const name of document.querySelectorAll(`#directs [data-member="${me}"]`)) name.remove();
  const myself = document.querySelector(`#person-${me} > button`);
  if (myself) myself.disabled = true;
  document.querySelector(`#room-${roomId} > a`)?.setAttribute("aria-current", "page");
}

text?.addEventListener("input", (event) => {
  if (text.value.trim() === "") tell(false);
  else if (event.isTrusted) tell(true);
});
document.addEventListener("parley:sent", () => tell(false));
document.addEventListener("parley:offline", () => {
  toldAt = 0;
  typing.replaceChildren();
});
line.observe(typing, { childList: true });
findMe();
for (const id of ["rooms", "directs", "people"])
  new MutationObserver(findMe).observe(document.getElementById(id), { childList: true });
new MutationObserver(count).observe(document.getElementById("agents"), { childList: true });

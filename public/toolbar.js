/**
 * One bar of actions for all messages: it goes to the message that is pointed at or has the focus. The log is one stop
 * of the Tab key; inside it the arrows go from message to message.
 */
const { me, meRole } = document.body.dataset;
const log = document.getElementById("log");
const list = document.getElementById("messages");
const bar = document.getElementById("message-actions").content.firstElementChild.cloneNode(true);
const moderates = meRole === "owner" || meRole === "admin";
const writes = document.getElementById("composer") !== null;

function put(item) {
  if (!item || item === bar.parentElement || item.parentElement !== list || item.matches(".aside")) return;
  const mine = item.dataset.author === me;
  const gone = item.querySelector(":scope > .gone") !== null;
  const shown = {
    reply: writes && !gone,
    edit: mine && "text" in item.dataset,
    delete: !gone && (mine || moderates),
    "copy-link": true,
  };
  for (const button of bar.children) button.hidden = !shown[button.dataset.action];
  item.append(bar);
}

// Moves, not overs: when messages shift under a pointer that rests, it is not pointing, and the focus keeps the bar.
log.addEventListener("pointermove", (event) => {
  // Whoever is on the bar with the keyboard keeps it.
  if (event.pointerType !== "touch" && !bar.matches(":focus-within")) put(event.target.closest("#messages > li"));
});
log.addEventListener("focusin", (event) => put(event.target.closest("#messages > li")));
log.addEventListener("keydown", (event) => {
  const item = event.target.closest("#messages > li");
  if (event.target !== log && event.target !== item) return;
  const next = {
    ArrowUp: item ? item.previousElementSibling : list.lastElementChild,
    ArrowDown: item?.nextElementSibling,
    Home: list.firstElementChild,
    End: list.lastElementChild,
  }[event.key];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
});

// A message that changes is replaced whole: the bar, and the focus on it, move over to the new one.
new MutationObserver((changes) => {
  for (const { removedNodes } of changes) {
    for (const node of removedNodes) {
      if (!node.contains?.(bar)) continue;
      const next = document.getElementById(node.id);
      bar.remove();
      if (next) put(next);
    }
  }
}).observe(list, { childList: true });

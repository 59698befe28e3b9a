/** Terminals stay at their end while they grow, unless their reader scrolled up; and where they were when their card is told anew. */
const near = 24;
/** Lines in the document: new ones come one by one, and the oldest go; later while somebody reads them. */
const most = 300;
const mostRead = 3_000;
/** Terminals whose reader looks at something above, by id: how far from the top. */
const reading = new Map();

const isAtEnd = (terminal) => terminal.scrollHeight - terminal.clientHeight - terminal.scrollTop <= near;

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (!target.classList?.contains("terminal")) return;
    if (isAtEnd(target)) reading.delete(target.id);
    else reading.set(target.id, target.scrollTop);
  },
  true,
);

function settle(terminal) {
  const top = reading.get(terminal.id);
  const bound = top === undefined ? most : mostRead;
  while (terminal.childElementCount > bound) terminal.firstElementChild.remove();
  if (top === undefined) {
    terminal.scrollTop = terminal.scrollHeight;
  } else if (terminal.scrollTop !== top) terminal.scrollTop = top;
}

function settleAll(root) {
  for (const terminal of root.querySelectorAll(".terminal")) settle(terminal);
}

new MutationObserver((changes) => {
  const grown = new Set();
  for (const { target, addedNodes } of changes) {
    const terminal = target.closest?.(".terminal");
    if (terminal) grown.add(terminal);
    else for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) settleAll(node);
  }
  for (const terminal of grown) settle(terminal);
}).observe(document.body, { childList: true, subtree: true });

settleAll(document);

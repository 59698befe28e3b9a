/** What somebody folded or unfolded on a card stays so when the card is told anew. */
const folded = new Map();
/** Set by us and not by a reader. */
const ours = new WeakSet();

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!(target instanceof HTMLDetailsElement) || !target.id || ours.delete(target)) return;
    folded.set(target.id, target.open);
  },
  true,
);

function restore(details) {
  const open = folded.get(details.id);
  if (open === undefined || open === details.open) return;
  ours.add(details);
  details.open = open;
}

new MutationObserver((changes) => {
  for (const { addedNodes } of changes)
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      for (const details of node.querySelectorAll("details[id]")) restore(details);
    }
}).observe(document.body, { childList: true, subtree: true });

/** Offers members while a mention is being typed: people and agents of the sidebar, and the words that mean many. */
const form = document.getElementById("composer");

if (form) {
  const text = form.elements.text;
  const list = document.getElementById("suggestions");
  const most = 8;
  const groups = [
    { handle: "team", name: "team", kind: "everybody in the workspace" },
    { handle: "all", name: "all", kind: "everybody in this room" },
    { handle: "here", name: "here", kind: "everybody who is online" },
  ];
  let start = -1;
  let active = 0;

  /** People and agents by handle; a person may bear an agent's name, and a mention then reaches both. */
  function members() {
    const byHandle = new Map();
    for (const item of document.querySelectorAll("#agents > [data-handle], #people > [data-handle]")) {
      const { handle, name, kind, state } = item.dataset;
      const known = byHandle.get(handle);
      if (known) known.kind = "agent and person";
      else byHandle.set(handle, { handle, name, kind, state, picture: item.querySelector(".av") });
    }
    return [...byHandle.values(), ...groups];
  }

  function matching(query) {
    const folded = query.normalize("NFKC").toLowerCase();
    const rank = ({ handle }) => {
      if (handle.startsWith(folded)) return 0;
      return folded.length > 1 && handle.includes(folded) ? 1 : 2;
    };
    const ranked = members().map((member) => [rank(member), member]);
    return ranked
      .filter(([value]) => value < 2)
      .sort((a, b) => a[0] - b[0])
      .map(([, member]) => member)
      .slice(0, most);
  }

  function look() {
    const before = text.value.slice(0, text.selectionStart);
    const found = /(?:^|[\s([{"'])@([\p{L}\p{M}\p{N}_.-]*)$/u.exec(before);
    const offers = found && text.selectionStart === text.selectionEnd ? matching(found[1]) : [];
    if (offers.length === 0) return close();
    start = before.length - found[1].length - 1;
    active = 0;
    list.replaceChildren(...offers.map(option));
    list.hidden = false;
    mark();
  }

  function option(member, index) {
    const item = document.createElement("div");
    item.id = `suggestion-${index}`;
    item.role = "option";
    Object.assign(item.dataset, { handle: member.handle, state: member.state ?? "" });
    item.className = "suggestion";
    const picture = member.picture?.cloneNode(true) ?? document.createElement("span");
    if (!member.picture) Object.assign(picture, { className: "av", textContent: "@" });
    picture.ariaHidden = "true";
    const name = document.createElement("b");
    name.textContent = `@${member.handle}`;
    const kind = document.createElement("span");
    kind.textContent = member.state ? `${member.kind}, ${member.state}` : member.kind;
    item.append(picture, name, kind);
    return item;
  }

  function mark() {
    for (const [index, item] of [...list.children].entries())
      item.setAttribute("aria-selected", String(index === active));
    list.children[active].scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", `suggestion-${active}`);
  }

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    list.replaceChildren();
    text.removeAttribute("aria-activedescendant");
  }

  function insert(handle) {
    text.setRangeText(`@${handle} `, start, text.selectionStart, "end");
    close();
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  text.addEventListener("input", look);
  text.addEventListener("click", look);
  text.addEventListener("blur", close);
  text.addEventListener("keyup", (event) => ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) && look());
  document.addEventListener("parley:sent", close);

  // Before the composer hears the key: while the list is open, Enter inserts.
  form.addEventListener(
    "keydown",
    (event) => {
      if (list.hidden || event.target !== text || event.isComposing) return;
      const count = list.childElementCount;
      if (event.key === "ArrowDown") active = (active + 1) % count;
      else if (event.key === "ArrowUp") active = (active + count - 1) % count;
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab")
        insert(list.children[active].dataset.handle);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
      if (!list.hidden) mark();
    },
    true,
  );

  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("[data-handle]");
    event.preventDefault();
    if (item) insert(item.dataset.handle);
  });
}

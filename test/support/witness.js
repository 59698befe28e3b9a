/**
 * Runs in every document before anything else of it, also where no script may run. It looks at each element as it comes in or
 * changes, so that what the page drops again was looked at as well, and tells the test what should not be.
 */
(() => {
  /** Inside these stands what Markdown made of somebody's words; everywhere else words are text and nothing more. */
  const rendered = ".body";
  const tags = new Set(
    "p br hr em strong s h1 h2 h3 h4 h5 h6 blockquote ul ol li pre code span a table thead tbody tr th td div button".split(
      " ",
    ),
  );
  /** What Markdown gives them, and what the page does when it puts code into a box with a button. */
  const attributes = {
    a: ["href", "title", "target", "rel"],
    span: ["class", "data-mention"],
    code: ["class"],
    p: ["class"],
    th: ["class"],
    td: ["class"],
    ol: ["start"],
    div: ["class", "data-language"],
    button: ["class", "type", "data-action"],
    pre: ["tabindex"],
  };
  const classes = /^(mention( me)?|as-written|to-(left|right|center)|hljs-[\w-]+( [a-z]+_)*|language-\S+|code|copy)$/;
  /** What our scripts go by: only our own views may say it. */
  const telling = /^(id$|hx-|data-(action|insert|since|count|member|format)$)/;
  const foreign = new Set("iframe object embed base style frame frameset applet math bgsound".split(" "));
  const running = new Set("srcdoc ping formaction xlink:href background http-equiv style".split(" "));
  const loading = new Set("src action data poster".split(" "));
  const kinds = new Set();
  const told = new Set();
  const showing = new WeakSet();
  const shown = isShown();
  /** Kept, because an element can be named like it. */
  const byId = document.getElementById.bind(document);

  /** Whether this document is in a frame of `show`. */
  function isShown() {
    try {
      return self !== top && "__witness" in parent;
    } catch {
      return false;
    }
  }

  function tell(kind, what) {
    const line = `${kind}: ${String(what).slice(0, 300)}`;
    if (told.has(line)) return;
    told.add(line);
    // In a frame of `show` what is told is an answer, and is not for the test to hear at once.
    if (!shown) window.__tell(line);
  }

  function judge(element) {
    if (showing.has(element)) return;
    const home = element.parentElement?.closest(rendered);
    const fault = (what) => tell("element", `${what}: ${element.cloneNode().outerHTML}`);
    const { localName } = element;
    if (foreign.has(localName)) fault("no page has it");
    if (localName === "script" && !element.hasAttribute("src")) fault("a script in the page");
    if (home && !tags.has(localName)) fault("Markdown does not make it");
    const place = home || !element.isConnected ? "" : placeOf(element);
    if (place) kinds.add(place);
    for (const { name, value } of element.attributes) {
      if (/^on|^(data-)?hx-(on|live)/i.test(name)) fault("a handler");
      else if (/^(data-)?hx-/.test(name) && /^\s*(js|javascript):/i.test(value)) fault("a script of htmx");
      else if (running.has(name)) fault(`an attribute that runs (${name})`);
      else if (loading.has(name) && !isOwn(value)) fault(`something from elsewhere (${name})`);
      else if (name === "href") judgeLink(element, value, home, fault);
      if (home && !attributes[localName]?.includes(name)) fault(`Markdown does not make it (${name})`);
      if (home && name === "class" && !classes.test(value)) fault("a class of its own");
      if (place && telling.test(name)) kinds.add(`${place} ${name}${saysOf(name, value)}`);
      if (name === "id" && element.isConnected && byId(value) !== element) fault("a second one of that id");
    }
  }

  function judgeLink(element, href, home, fault) {
    if (!home || element.localName !== "a") {
      if (!isOwn(href)) fault("a link to elsewhere");
      return;
    }
    if (!["http:", "https:", "mailto:"].includes(element.protocol)) fault("a link of another protocol");
    else if (!/^(https?:\/\/|mailto:)/i.test(href)) fault("a link without its protocol");
    if (!element.relList.contains("noopener") || !element.relList.contains("ugc")) fault("a link that trusts");
  }

  function isOwn(address) {
    return URL.parse(address, document.baseURI)?.origin === self.origin;
  }

  /** Where an element stands, without what differs from one to the next: a page knows few such places. */
  function placeOf(element) {
    return `${nameOf(element.parentElement)} > ${nameOf(element)}`;
  }

  function nameOf(element) {
    const first = element?.getAttribute("class")?.split(" ", 1)[0].replace(/^h\d$/, "");
    return (element?.localName ?? "") + (first ? `.${first}` : "");
  }

  function saysOf(name, value) {
    if (name !== "id" && !name.startsWith("hx-")) return "";
    return `=${value.replace(/\/rooms\/[^/]+\//, "/rooms/x/").replace(/\d+/g, "0")}`;
  }

  /** An element and all within it, also in templates. */
  function* elementsIn(root) {
    if (root.nodeType === Node.ELEMENT_NODE) yield root;
    for (const element of root.querySelectorAll?.("*") ?? []) yield element;
    for (const { content } of root.querySelectorAll?.("template") ?? []) yield* elementsIn(content);
  }

  new MutationObserver((changes) => {
    const changed = new Set();
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") changed.add(target);
      for (const node of addedNodes) for (const element of elementsIn(node)) changed.add(element);
    }
    for (const element of changed) judge(element);
  }).observe(document, { childList: true, subtree: true, attributes: true });

  const listen = (root) =>
    root.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
      tell("policy", `${effectiveDirective} ${blockedURI} ${sample}`),
    );
  listen(document);
  Object.defineProperty(window, "__xss", { set: (value) => tell("mark", value), get: () => undefined });
  // A dialog takes its time: hundreds of them are only told.
  if (shown) {
    window.alert = window.confirm = window.prompt = (words) => tell("dialog", words);
    window.addEventListener("error", (event) => event.preventDefault());
  }

  /** Whole documents, one after the other in a few frames under this page's policy. Answers what was told in each. */
  async function show(documents, touched) {
    const answers = new Array(documents.length);
    const queue = [...documents.entries()].reverse();
    const work = async () => {
      let frame;
      for (let next = queue.pop(); next; next = queue.pop()) {
        if (!frame?.contentDocument) frame = another(frame);
        const inner = frame.contentWindow.__witness;
        await put(frame, next[1]);
        if (touched && frame.contentDocument) {
          touch(frame.contentDocument);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        answers[next[0]] = frame.contentDocument ? inner.told() : ["left: the page"];
      }
      frame?.remove();
    };
    await Promise.all(Array.from({ length: Math.min(8, documents.length) }, work));
    return answers;
  }

  function another(frame) {
    frame?.remove();
    const next = Object.assign(document.createElement("iframe"), { hidden: true });
    showing.add(next);
    document.body.append(next);
    return next;
  }

  /** Resolves when it is loaded, or has had its time. Not within the event itself: what is written there never ends loading. */
  function put(frame, text) {
    const loaded = new Promise((resolve) => {
      frame.onload = () => setTimeout(resolve);
      setTimeout(resolve, 500);
    });
    const { contentDocument } = frame;
    contentDocument.open();
    listen(contentDocument);
    contentDocument.write(text);
    contentDocument.close();
    return loaded;
  }

  /** What a reader might do to a page: every handler is called, every link that would not lead away is followed. */
  function touch(root) {
    for (const element of root.querySelectorAll("*")) {
      for (const { name } of element.attributes)
        if (/^on/i.test(name)) element.dispatchEvent(new Event(name.slice(2).toLowerCase()));
      if (/^(a|area|button|input)$/.test(element.localName) && !/^(https?|mailto):/.test(element.protocol))
        element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
      if (element.shadowRoot) touch(element.shadowRoot);
    }
  }

  window.__witness = {
    kinds,
    show,
    told() {
      for (const kind of this.look()) parent.__witness.kinds.add(kind);
      const lines = [...told];
      told.clear();
      return lines;
    },
    /** Everything as it stands now, once more. */
    look() {
      for (const element of elementsIn(document)) judge(element);
      if ("__xss" in Object.prototype) tell("mark", `${Object.prototype.__xss} on every object`);
      return [...kinds];
    },
    /** Scrolls to the first message there ever was. */
    async readBack() {
      while (!byId("earlier").hidden) {
        byId("log").scrollTo(0, 0);
        await new Promise(requestAnimationFrame);
      }
    },
    /** Whether messages are drawn. They are put in all the same, but hundreds of them take their time. */
    draw(drawn) {
      document.adoptedStyleSheets = drawn ? [] : [undrawn];
    },
  };
  const undrawn = new CSSStyleSheet();
  undrawn.replaceSync("body > * { display: none !important }");
})();

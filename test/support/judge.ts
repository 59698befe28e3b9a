/** An element as it stands in a piece of HTML. */
interface Found {
  readonly tag: string;
  readonly attributes: readonly (readonly [string, string])[];
  /** Inside what somebody wrote. */
  inBody: boolean;
}

/** What Markdown may become inside a message, and nothing else: tag and attributes. */
const written: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    "br hr em strong s h1 h2 h3 h4 h5 h6 blockquote ul li pre table thead tbody tr".split(" ").map((tag) => [tag, []]),
  ),
  p: ["class"],
  ol: ["start"],
  th: ["class"],
  td: ["class"],
  code: ["class"],
  span: ["class", "data-mention"],
  a: ["href", "title", "target", "rel"],
};

const ownIds =
  /^(?:(?:m|stream|body|task|task-head|task-steps|steps|plan|thought|thoughts|agent|person|room|unseen|roster|ask|asks|claims)-\d+|task-\d+-(?:complete|cancel)|ask-\d+-(?:title|text|\d+)|step-\d+-\d+(?:-more|-file-\d+)?|terminal-\d+-\d+|t\d+-\d+-\d+)$/;

/** Where pushed frames and buttons may put something. */
const ownTargets =
  /^(#messages|#(m|stream|task|task-head|task-steps|thought|agent|ask|asks|claims)-\d+|#terminal-\d+-\d+|#people|#agents|#rooms|#directs|#(?:room|unseen)-\d+|#typing|#earlier|\[data-count=(online|members|waiting)\])$/;

function elementsOf(html: string): Found[] {
  const found: Found[] = [];
  new HTMLRewriter()
    .on("*", {
      element({ tagName, attributes }) {
        found.push({
          tag: tagName,
          attributes: [...attributes].map(([name = "", value = ""]) => [name, value]),
          inBody: false,
        });
      },
    })
    .on(".body *, .card-text *, .card-note *", {
      element() {
        const last = found.at(-1);
        if (last) last.inBody = true;
      },
    })
    .transform(html);
  return found;
}

const shape = ({ tag, attributes }: Found) => `${tag}[${attributes.map(([name]) => name).sort()}]`;

/** Ids with their numbers taken out. */
const idOf = ({ attributes }: Found) => attributes.find(([name]) => name === "id")?.[1];

export interface Known {
  /** Attributes of each tag of ours. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
  readonly ids: ReadonlySet<string>;
}

/** What harmless texts look like in the same places: the measure for all others. */
export function learn(pieces: readonly string[]): Known {
  const ours = pieces.flatMap(elementsOf).filter(({ inBody }) => !inBody);
  const tags = new Map<string, Set<string>>();
  for (const { tag, attributes } of ours) {
    const names = tags.get(tag) ?? new Set();
    for (const [name] of attributes) names.add(name);
    tags.set(tag, names);
  }
  return { tags, ids: new Set(ours.map(idOf).filter((id) => id !== undefined)) };
}

/** Everything in a piece of HTML that is neither ours nor harmless Markdown, in words. */
export function offences(html: string, known: Known): string[] {
  return elementsOf(html).flatMap((element) => [...judge(element, known)].map((what) => `${what}: ${shape(element)}`));
}

function* judge(element: Found, { tags, ids }: Known): Iterable<string> {
  const { tag, attributes, inBody } = element;
  const id = idOf(element);
  const ours = tags.get(tag);
  if (!inBody && !ours) yield "a tag that harmless texts do not have";
  if (!inBody && attributes.some(([name]) => !ours?.has(name))) yield "an attribute that harmless texts do not have";
  if (id !== undefined && (inBody || !(ids.has(id) || ownIds.test(id)))) yield `an id that is not ours (${id})`;
  if (inBody && !Object.hasOwn(written, tag)) yield "a tag that Markdown does not make";
  if (tag === "script" && !attributes.some(([name]) => name === "src")) yield "a script of its own";
  for (const [name, raw] of attributes) {
    const value = decoded(raw);
    if (value === undefined) {
      yield `a character reference that we do not write (${name}=${raw})`;
      continue;
    }
    if (/^on/i.test(name) || name === "srcdoc" || /^hx-on/i.test(name)) yield `a handler (${name})`;
    if (inBody && !written[tag]?.includes(name)) yield `an attribute that Markdown does not make (${name})`;
    if (name === "style") yield `a style (${value})`;
    if (
      name === "class" &&
      inBody &&
      !/^(mention|as-written|to-(left|right|center)|hljs-[\w -]+|language-\S+)$/.test(value)
    )
      yield `a class (${value})`;
    if (/^(href|src|action|formaction|xlink:href|hx-get)$/.test(name) && !isHarmless(tag, value, inBody))
      yield `an address (${value})`;
    if (name === "hx-target" && !ownTargets.test(value)) yield `a place to swap (${value})`;
    if (name === "hx-swap" && !/^(beforeend|afterbegin|outerHTML|innerHTML|none|delete)$/.test(value))
      yield `a swap (${value})`;
    if (name === "target" && value !== "_blank") yield `a target (${value})`;
    if (name === "hx-vals" && !/^\{'type':'task','id':\d+,'action':'(complete|cancel|resume)'\}$/.test(value))
      yield `values (${value})`;
  }
}

/** An attribute's value as a browser reads it; undefined when there is anything in it that our escaping would not have let through. */
function decoded(raw: string): string | undefined {
  if (/&(?!(?:amp|lt|gt|quot|#x27|#39);)/.test(raw)) return undefined;
  return raw
    .replace(/&(?:quot|#x27|#39);/g, "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function isHarmless(tag: string, address: string, inBody: boolean): boolean {
  if (inBody) return tag === "a" && /^(https?:\/\/|mailto:)/i.test(address);
  // Pictures of messages, by the id of an upload and a name that is one step.
  if (tag === "img" && /^\/files\/[0-9a-f]{32}\/[\w%.-]+$/.test(address)) return true;
  if (tag === "script" || tag === "link" || tag === "img" || tag === "use") return address.startsWith("/static/");
  return /^(#[\w-]+|\/(?!\/)[\w/%.?=&~-]*(?:#m-\d+)?)$/u.test(address);
}

import type { JSX } from "hono/jsx/jsx-runtime";
import { loadPublicFiles } from "../../src/public-files.ts";

/** What every page needs: a name and the addresses of the public files. */
export const frame = { workspace: "Harbour team", assets: (await loadPublicFiles()).urls };

/** An element as it stands in the page, its text included. */
export interface Piece {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** A form with everything it posts. */
export interface Form {
  readonly method: string;
  readonly action: string;
  readonly fields: Piece[];
}

export type Page = JSX.Element | Promise<JSX.Element> | string;

/** Every element that a selector picks, in document order. */
export function pieces(page: Page | string, selector: string): Piece[] {
  const found: Piece[] = [];
  new HTMLRewriter()
    .on(selector, {
      element({ tagName, attributes }) {
        found.push({ tag: tagName, attributes: Object.fromEntries(attributes), text: "" });
      },
      text(chunk) {
        const last = found.at(-1);
        if (last) last.text += chunk.text;
      },
    })
    .transform(String(page));
  return found;
}

/** Every form by where it goes, in document order. */
export function formsOf(page: Page): Form[] {
  const forms: Form[] = [];
  new HTMLRewriter()
    .on("form", {
      element(form) {
        forms.push({
          method: form.getAttribute("method") ?? "get",
          action: form.getAttribute("action") ?? "",
          fields: [],
        });
      },
    })
    .on("form input, form select, form textarea, form button", {
      element({ tagName, attributes }) {
        forms.at(-1)?.fields.push({ tag: tagName, attributes: Object.fromEntries(attributes), text: "" });
      },
    })
    .transform(String(page));
  return forms;
}

/** The form that goes somewhere. */
export function formTo(page: Page, action: string): Form {
  const form = formsOf(page).find((each) => each.action === action);
  if (!form) throw new Error(`no form goes to ${action}`);
  return form;
}

/** Names of what a form posts, without repeating those that may be given several times. */
export function namesOf(form: Form): string[] {
  return [...new Set(form.fields.flatMap(({ attributes }) => attributes.name ?? []))];
}

/** A field of a form by its name. */
export function fieldOf(form: Form, name: string): Piece {
  const field = form.fields.find(({ attributes }) => attributes.name === name);
  if (!field) throw new Error(`${form.action} has no field ${name}`);
  return field;
}

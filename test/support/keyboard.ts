import type { Page } from "playwright-core";

/** What has the focus, as somebody hears or sees it. */
interface Focused {
  readonly name: string;
  readonly isSeen: boolean;
  readonly isMarked: boolean;
}

/** How often one presses Tab before one gives up. */
const patience = 120;

/** Somebody who has no mouse. */
export class Keyboard {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /**
   * Presses Tab until what is called so has the focus.
   * @throws when it cannot be reached, or when the focus could not be seen on the way
   */
  async tabTo(name: RegExp): Promise<void> {
    const passed: string[] = [];
    for (let count = 0; count < patience; count += 1) {
      await this.page.keyboard.press("Tab");
      const focused = await this.focused();
      if (focused === undefined) continue;
      if (!focused.isSeen || !focused.isMarked)
        throw new Error(
          `the focus is on "${focused.name}", and one ${focused.isSeen ? "does not see that" : "cannot see it"}`,
        );
      if (name.test(focused.name)) return;
      passed.push(focused.name);
    }
    throw new Error(`no Tab leads to ${name}, only to ${[...new Set(passed)].join(" | ")}`);
  }

  /** Goes there and presses Enter. */
  async press(name: RegExp): Promise<void> {
    await this.tabTo(name);
    await this.page.keyboard.press("Enter");
  }

  /** Goes to a field and writes into it, over what was there. */
  async fill(name: RegExp, text: string): Promise<void> {
    await this.tabTo(name);
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.type(text);
  }

  private async focused(): Promise<Focused | undefined> {
    return this.page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      if (!element || element === document.body) return undefined;
      const label = element.labels?.[0]?.textContent ?? "";
      const name =
        element.getAttribute("aria-label") || label || element.innerText || element.title || element.name || "";
      const { top, left, width, height } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const isMarked =
        (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0) ||
        style.boxShadow !== "none" ||
        getComputedStyle(element.closest("form, label") ?? element).boxShadow !== "none";
      return {
        name: name.trim().replace(/\s+/g, " "),
        isSeen:
          width > 0 && height > 0 && top < innerHeight && top + height > 0 && left < innerWidth && left + width > 0,
        isMarked,
      };
    });
  }
}

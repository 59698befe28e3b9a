/**
 * The look: as the system has it, light, or dark. Loaded before the page is painted, so that it never flashes; that is
 * why this is the one classic script of ours, and why it keeps its names to itself.
 */
(() => {
  const key = "parley:theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const words = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

  /** @returns {"auto" | "light" | "dark"} */
  function chosen() {
    try {
      const value = localStorage.getItem(key);
      return value === "light" || value === "dark" ? value : "auto";
    } catch {
      return "auto";
    }
  }

  function apply() {
    const theme = chosen();
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll('[data-action="theme"]')) {
      button.setAttribute("aria-label", words[theme]);
      button.setAttribute("title", words[theme]);
    }
  }

  /** From the system's look to its opposite first, so that every press but the last is seen. */
  function next() {
    const opposite = dark.matches ? "light" : "dark";
    const same = dark.matches ? "dark" : "light";
    const theme = chosen();
    return theme === "auto" ? opposite : theme === opposite ? same : "auto";
  }

  apply();
  document.addEventListener("DOMContentLoaded", apply);
  addEventListener("storage", (event) => event.key === key && apply());
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('[data-action="theme"]')) return;
    try {
      localStorage.setItem(key, next());
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    apply();
  });
})();

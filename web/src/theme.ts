/** Light or dark: as the system says, unless the reader chose. */

import { el } from "./dom";

/** Add a button that switches; `told` hears of a choice, one kept from before included. */
export function themeButton(place: Element, told: (theme: "light" | "dark") => void = () => undefined): void {
  const root = document.documentElement;
  let kept: string | null = null;
  try {
    kept = localStorage.getItem("theme");
  } catch {
    // storage is switched off: the system's theme it is
  }
  const choose = (theme: "light" | "dark") => {
    root.dataset.theme = theme;
    told(theme);
  };
  if (kept === "dark" || kept === "light") choose(kept);
  const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = "Switch between light and dark";
  place.append(
    el("button", { type: "button", className: "theme", "aria-label": label, title: label, onclick: () => {
      choose(dark() ? "light" : "dark");
      try {
        localStorage.setItem("theme", root.dataset.theme!);
      } catch {
        // not kept, then
      }
    } }, "◐"),
  );
}

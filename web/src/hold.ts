import { el, replace } from "./dom";
import type { Page } from "./page";

export function holdView(_page: Page, root: HTMLElement): () => void {
  replace(root, el("p", { className: "empty" }, "In the making."));
  return () => undefined;
}

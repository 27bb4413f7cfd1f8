/** View Argument: the claims that the server was given. */

import * as api from "./api";
import { claimList, type Claim, type Origin } from "./claims";
import { el, replace } from "./dom";
import type { Page } from "./page";

export function argumentView(page: Page, root: HTMLElement): () => void {
  root.className = "view argument";
  replace(root, el("p", { className: "empty" }, "Reading the claims …"));
  let gone = false;
  const show = () =>
    api.claims().then(
      (found) => {
        if (gone) return;
        if (!found.claims)
          return replace(root, el("div", { className: "card empty" }, el("h2", {}, "No claims to show"), el("p", {}, found.reason ?? "")));
        claimList(found.claims as Claim[], root, found as unknown as Origin);
      },
      (error: unknown) => {
        if (gone) return;
        if (error instanceof api.Away) page.away(() => void show());
        replace(root, el("div", { className: "card problem", role: "alert" }, el("p", {}, String((error as Error).message))));
      },
    );
  void show();
  return () => (gone = true);
}

/** View Argument: the claims that the server was given. */

import * as api from "./api";
import { claimList, themesOf, type Claim, type Origin } from "./claims";
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
        const claims = found.claims as Claim[];
        const { theme } = page.state;
        if (theme !== "all" && !themesOf(claims).includes(theme)) {
          page.state = { ...page.state, theme: "all" };
          page.tell([`There is no theme “${theme.slice(0, 30)}” among these claims: all are shown.`]);
        }
        claimList(claims, root, found as unknown as Origin, page.state, (chosen) => page.set(chosen));
      },
      (error: unknown) => {
        if (gone) return;
        if (error instanceof api.Away) return page.away(() => void show());
        replace(root, el("div", { className: "card problem", role: "alert" }, el("p", {}, String((error as Error).message))));
      },
    );
  page.reread = () => void show();
  void show();
  return () => (gone = true);
}

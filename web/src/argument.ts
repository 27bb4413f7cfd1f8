/** View Argument: the claims that the server was given, or computes when asked. */

import * as api from "./api";
import { claimList, themesOf, type Claim, type Origin } from "./claims";
import { el, replace, working } from "./dom";
import type { Page } from "./page";

export function argumentView(page: Page, root: HTMLElement): () => void {
  root.className = "view argument";
  replace(root, el("p", { className: "empty" }, "Reading the claims …"));
  let gone = false;
  const show = () =>
    api.claims().then(
      (found) => {
        if (gone) return;
        if (!found.claims) return offer(found.reason ?? "");
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
  const latest = new api.Latest();
  /** No claims yet: they are computed when asked, told step by step, and kept by the server. */
  function offer(reason: string): void {
    const note = el("div", { className: "note", "aria-live": "polite" });
    const start = el("button", { type: "button", onclick: () => void compute() }, "Compute the claims (about a minute)");
    const idle = (text: string) => {
      start.disabled = false;
      replace(note, text);
    };
    const moved = working(note, () => {
      latest.cancel();
      idle("Cancelled.");
    });
    async function compute(): Promise<void> {
      start.disabled = true;
      try {
        const told = (p: api.Progress) => moved(p.done, p.total, `${p.stage} ${p.total ? `${p.done} of ${p.total}` : `${Math.round(p.seconds)} s`}`, p.stage);
        if ((await latest.run((signal) => api.stream("/api/claims/compute", {}, told, signal))) === null || gone) return;
        await show();
      } catch (error) {
        if (gone) return;
        idle(error instanceof api.Away ? "" : String((error as Error).message));
        if (error instanceof api.Away) page.away(() => void compute());
      }
    }
    replace(root, el("div", { className: "card empty" }, el("h2", {}, "No claims yet"), el("p", {}, reason), start, note));
  }
  page.reread = () => void show();
  void show();
  return () => {
    gone = true;
    latest.cancel();
  };
}

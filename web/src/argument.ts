/** View Argument: the claims with their verdicts, and what would flip each. */

import * as api from "./api";
import { el, replace } from "./dom";
import type { Page } from "./page";
import { plain, range } from "./scale";

interface Statistic {
  name?: string;
  value?: number | null;
  lo?: number | null;
  hi?: number | null;
  unit?: string;
}
interface Claim {
  id: string;
  claim: string;
  proposition?: string;
  verdict: string;
  statistic?: Statistic | null;
  rule?: string;
  probability?: number | null;
  depends_on?: unknown;
  flips_at?: unknown;
  reason?: string | null;
}

const VERDICTS: Record<string, string> = {
  supported: "supported",
  refuted: "refuted",
  depends: "depends",
  not_testable: "cannot be tested",
};
const words = (x: unknown): string =>
  x === null || x === undefined
    ? ""
    : typeof x === "string" || typeof x === "number"
      ? String(x)
      : Array.isArray(x)
        ? x.map(words).join("; ")
        : Object.entries(x as Record<string, unknown>)
            .map(([k, v]) => `${k.replaceAll("_", " ")} ${words(v)}`)
            .join(", ");

export function argumentView(page: Page, root: HTMLElement): () => void {
  root.className = "view argument";
  replace(root, el("p", { className: "empty" }, "Reading the claims …"));
  let gone = false;
  const show = () =>
    api.claims().then(
      (found) => {
        if (gone) return;
        const claims = found.claims as Claim[] | null;
        if (!claims)
          return replace(root, el("div", { className: "card empty" }, el("h2", {}, "No claims to show"), el("p", {}, found.reason ?? "")));
        const count = (verdict: string) => claims.filter((c) => c.verdict === verdict).length;
        replace(
          root,
          el("h2", {}, Object.entries(VERDICTS).map(([key, text]) => `${count(key)} ${text}`).join(", ")),
          el("div", { className: "grid2" }, ...claims.map(card)),
        );
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

function card(c: Claim): HTMLElement {
  const s = c.statistic;
  const flips = words(c.flips_at);
  const rests = words(c.depends_on);
  return el(
    "article",
    { className: "card", id: `claim-${c.id}` },
    el("h3", {}, `${c.id}. ${c.claim}`),
    el("p", {}, el("b", { className: `badge v-${c.verdict}` }, VERDICTS[c.verdict] ?? c.verdict), c.probability !== null && c.probability !== undefined && ` in ${Math.round(100 * c.probability)}% of draws`),
    s && s.value !== null && s.value !== undefined && el("p", {}, `${s.name ?? "Statistic"}: ${plain(s.value)} ${s.unit ?? ""} ${range(s.lo, s.hi)}`),
    c.rule && el("p", { className: "quiet" }, `Rule: ${c.rule}`),
    flips && el("p", { className: "quiet" }, `Flips at: ${flips}`),
    rests && el("p", { className: "quiet" }, `Rests on: ${rests}`),
    c.reason && el("p", { className: "quiet" }, c.reason),
  );
}

/** What would keep a bloc together: who needs how much, who could pay, and what the sliders stand for. */

import { el } from "./dom";
import type { Holding } from "./holding";
import { plain } from "./scale";

/** Slack over the best exit, member by member, as what is needed and what there is to spare (USD billion a year). */
export function keeping(f: Holding, name: (code: string) => string): HTMLElement {
  const above = (code: string) => f.by_member[code].slack_full_usd_bn.value;
  const stands = (code: string): string => {
    const found = above(code);
    if (found === null) return "unknown";
    return found < 0 ? `needs ${plain(-found)}` : `has ${plain(found)} to spare`;
  };
  const needy = f.members.filter((code) => (above(code) ?? 0) < 0);
  const together = f.self_financing
    ? "Together they have more than at their best exits, so some could pay the others."
    : "Together they have less than at their best exits, so nothing that they pay each other would hold all.";
  return el(
    "div",
    { id: "keeping" },
    el("p", { className: "hint" }, "To stay, against its best exit (USD bn a year, most likely values):"),
    el("ul", { className: "needs" }, ...f.members.map((code) => el("li", {}, `${name(code)} `, el("b", { className: needy.includes(code) ? "no" : "" }, stands(code))))),
    needy.length > 0 && el("p", { className: "hint" }, together),
    el(
      "p",
      { className: "hint" },
      needy.includes(f.hub)
        ? `The transfers below are what the hub, ${name(f.hub)}, pays. Here the hub is the one to be paid, which no slider does.`
        : `The transfers below are what the hub, ${name(f.hub)}, pays.`,
    ),
  );
}

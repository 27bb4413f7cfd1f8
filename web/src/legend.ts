/** What the shades mean. */

import { el } from "./dom";
import type { Measure } from "./scale";

/** Shades and what each stands for, from the largest loss to the largest gain. */
export const keysOf = (m: Measure): (readonly [string, string])[] => [
  ...m.steps.map((b, i) => [`l${i + 1}`, `−${b}`] as const).reverse(),
  ["n", "about 0"] as const,
  ...m.steps.map((b, i) => [`g${i + 1}`, `+${b}`] as const),
];

export function legend(m: Measure): HTMLElement {
  return el(
    "div",
    { className: "legend", role: "img", "aria-label": `Shades: losses brown, gains blue, in ${m.unit}, bounds ${m.steps.join(", ")}` },
    ...keysOf(m).map(([key, text]) => el("span", { className: `key s-${key}` }, el("i", {}, text))),
    el("b", {}, m.unit),
  );
}

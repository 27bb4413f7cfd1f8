/** What the shades mean. */

import { el } from "./dom";
import type { Measure } from "./scale";

export function legend(m: Measure): HTMLElement {
  const bounds = [...m.steps];
  const cells = [
    ...bounds.map((b, i) => [`l${i + 1}`, `−${b}`] as const).reverse(),
    ["n", "about 0"] as const,
    ...bounds.map((b, i) => [`g${i + 1}`, `+${b}`] as const),
  ];
  return el(
    "div",
    { className: "legend", role: "img", "aria-label": `Shades: losses brown, gains blue, in ${m.unit}, bounds ${bounds.join(", ")}` },
    ...cells.map(([key, text]) => el("span", { className: `key s-${key}` }, el("i", {}, text))),
    el("b", {}, m.unit),
  );
}

/** What the shades mean. */

import { el } from "./dom";
import type { Measure } from "./scale";

/** Limits between the shades, from the largest loss to the largest gain. */
const limitsOf = (m: Measure): string[] => [...[...m.steps].reverse().map((b) => `−${b}`), ...m.steps.map((b) => `+${b}`)];

const shadesOf = (m: Measure): string[] => [...m.steps.map((_, i) => `l${i + 1}`).reverse(), "n", ...m.steps.map((_, i) => `g${i + 1}`)];

/** Shades and the values that each stands for, from the largest loss to the largest gain. */
export function keysOf(m: Measure): (readonly [string, string])[] {
  const limits = limitsOf(m);
  return shadesOf(m).map((shade, i) => {
    const [from, to] = [limits[i - 1], limits[i]];
    return [shade, from === undefined ? `below ${to}` : to === undefined ? `above ${from}` : `${from} to ${to}`] as const;
  });
}

/** Shades side by side, each limit beneath the line between two; the first and the last have no end. */
export function legend(m: Measure): HTMLElement {
  const limits = limitsOf(m);
  return el(
    "div",
    { className: "legend", role: "img", "aria-label": `Shades of ${m.label}, ${m.unit}: losses brown, gains blue; limits ${limits.join(", ")}` },
    el("div", {}, el("b", {}, `${m.label}, ${m.unit}`), " loss brown, gain blue"),
    el(
      "div",
      { className: "keys" },
      ...shadesOf(m).map((shade, i) => el("span", { className: `key s-${shade}` }, shade === "n" && "0", limits[i] && el("i", {}, limits[i]))),
    ),
  );
}

/** Bars with bands, as a table: the picture for the eye, the numbers beside it for everyone. */

import { download, el, svg } from "./dom";
import { csv, range, signed } from "./scale";

export interface Bar {
  name: string;
  code?: string;
  value: number | null;
  lo?: number | null;
  hi?: number | null;
  shade: string;
  strong?: boolean;
  about?: string;
}

const WIDTH = 200;

/** Draw bars on one scale around zero. `caption` is read aloud and names the file that the numbers are saved to. */
export function bars(rows: Bar[], caption: string, unit: string, picked?: (code: string) => void): HTMLElement {
  const ends = rows.flatMap((r) => [r.value ?? 0, r.lo ?? 0, r.hi ?? 0, 0]);
  const [lo, hi] = [Math.min(...ends), Math.max(...ends)];
  const span = hi - lo || 1;
  const x = (v: number) => 2 + ((v - lo) / span) * (WIDTH - 4);
  const banded = rows.some((r) => r.lo !== null && r.lo !== undefined);
  return el(
    "figure",
    { className: "bars" },
    el(
      "div",
      { className: "scroll" },
      el(
        "table",
        {},
        el("caption", {}, caption),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "Economy"),
            el("td", { className: "draw" }),
            el("th", { scope: "col", className: "num" }, unit),
            banded && el("th", { scope: "col", className: "num" }, "nine draws in ten"),
          ),
        ),
        el("tbody", {}, ...rows.map((r) => line(r, x, banded, picked))),
      ),
    ),
    el(
      "button",
      { type: "button", className: "small", onclick: () => save(rows, caption, unit) },
      "CSV",
    ),
  );
}

function line(r: Bar, x: (v: number) => number, banded: boolean, picked?: (code: string) => void): HTMLElement {
  const value = r.value ?? 0;
  const has = r.lo !== null && r.lo !== undefined && r.hi !== null && r.hi !== undefined;
  return el(
    "tr",
    { className: r.strong ? "strong" : "", title: r.about },
    el(
      "th",
      { scope: "row" },
      picked && r.code
        ? el("button", { type: "button", className: "link", onclick: () => picked(r.code!) }, r.name)
        : r.name,
    ),
    el(
      "td",
      { className: "draw" },
      svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} 16`, "aria-hidden": "true", preserveAspectRatio: "none" },
        svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 16 }),
        svg("rect", {
          class: `s-${r.shade}`,
          x: Math.min(x(0), x(value)),
          width: Math.max(1, Math.abs(x(value) - x(0))),
          y: 3,
          height: 10,
        }),
        has && svg("line", { class: "band", x1: x(r.lo!), x2: x(r.hi!), y1: 8, y2: 8 }),
        has && svg("line", { class: "band", x1: x(r.lo!), x2: x(r.lo!), y1: 4, y2: 12 }),
        has && svg("line", { class: "band", x1: x(r.hi!), x2: x(r.hi!), y1: 4, y2: 12 }),
      ),
    ),
    el("td", { className: "num", "data-code": r.code }, signed(r.value)),
    banded && el("td", { className: "num quiet" }, range(r.lo, r.hi)),
  );
}

function save(rows: Bar[], caption: string, unit: string): void {
  const name = caption.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  const lines = rows.map((r) => [r.code ?? "", r.name, r.value, r.lo ?? "", r.hi ?? ""]);
  download(`${name}.csv`, csv([["code", "name", unit, "lo", "hi"], ...lines]), "text/csv");
}

export interface Step {
  name: string;
  value: number;
  about: string;
  total?: boolean;
  missing?: string;
}

/** A waterfall: each part starts where the one before ended, and the last is the sum. */
export function waterfall(steps: Step[], caption: string, unit: string): HTMLElement {
  let level = 0;
  const placed = steps.map((s) => {
    const from = s.total ? 0 : level;
    level = s.total ? level : level + s.value;
    return { ...s, from, to: s.total ? s.value : level };
  });
  const ends = placed.flatMap((s) => [s.from, s.to, 0]);
  const [lo, hi] = [Math.min(...ends), Math.max(...ends)];
  const x = (v: number) => 2 + ((v - lo) / (hi - lo || 1)) * (WIDTH - 4);
  return el(
    "figure",
    { className: "bars" },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el(
        "tbody",
        {},
        ...placed.map((s) =>
          el(
            "tr",
            { className: s.total ? "strong" : "", title: s.missing ?? s.about },
            el("th", { scope: "row" }, s.name),
            el(
              "td",
              { className: "draw" },
              svg(
                "svg",
                { viewBox: `0 0 ${WIDTH} 16`, "aria-hidden": "true", preserveAspectRatio: "none" },
                svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 16 }),
                svg("rect", {
                  class: s.total ? "sum" : s.value < 0 ? "s-l4" : "s-g4",
                  x: Math.min(x(s.from), x(s.to)),
                  width: Math.max(1, Math.abs(x(s.to) - x(s.from))),
                  y: 3,
                  height: 10,
                }),
              ),
            ),
            el("td", { className: "num" }, s.missing ? "unknown" : signed(s.value)),
          ),
        ),
      ),
    ),
    el("p", { className: "quiet" }, unit),
  );
}

/** Bars with bands, as a table: the picture for the eye, the numbers beside it for everyone. */

import { chart } from "./chart";
import { el, headed, svg } from "./dom";
import { saving, withBand } from "./saving";
import { range, signed } from "./scale";

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

/** What bars are about: what the table says, and what its files must say besides to be read alone. */
export interface Subject {
  /** What the rows are, like Economy. */
  of: string;
  /** Read aloud. */
  caption: string;
  /** Heading of the files, where the page around the table says more than its caption. */
  title?: string;
  unit: string;
  /** What is measured, in which unit, for the files. */
  measure: string;
  /** Head of its column as CSV, with the unit. */
  column: string;
  /** What bands and parts are. */
  notes?: readonly string[];
  source: string;
}

const WIDTH = 200;
const BAND = "nine draws in ten";
/** The room that names need, for the style sheet: letters of the longest. */
const widest = (rows: readonly { name: string }[]) => ({ "--letters": String(Math.max(0, ...rows.map((r) => r.name.length))) });

type Order = "given" | "name" | "value";
/** The order a reader chose, by caption: it outlives the table, which every new answer draws anew. */
const chosen = new Map<string, { by: Order; down: boolean }>();

/** Draw bars on one scale around zero. */
export function bars(rows: Bar[], subject: Subject, picked?: (code: string) => void): HTMLElement {
  const { of, caption, unit, measure, column, notes, source } = subject;
  const title = subject.title ?? caption;
  const ends = rows.flatMap((r) => [r.value ?? 0, r.lo ?? 0, r.hi ?? 0, 0]);
  const [lo, hi] = [Math.min(...ends), Math.max(...ends)];
  const span = hi - lo || 1;
  const x = (v: number) => 2 + ((v - lo) / span) * (WIDTH - 4);
  const banded = rows.some((r) => r.lo !== null && r.lo !== undefined);
  const body = el("tbody");
  const heads = { name: el("th", { scope: "col" }), value: el("th", { scope: "col", className: "num" }) };
  const sort = (by: "name" | "value", text: string) =>
    el("button", { type: "button", className: "link", onclick: () => turn(by), title: "Sort; a third click brings the first order back" }, text);
  heads.name.append(sort("name", of));
  heads.value.append(sort("value", unit), ...(banded ? [el("small", { className: "below" }, BAND)] : []));

  function turn(by: "name" | "value"): void {
    const now = chosen.get(caption);
    if (now?.by !== by) chosen.set(caption, { by, down: by === "value" });
    else if (now.down === (by === "value")) chosen.set(caption, { by, down: !now.down });
    else chosen.delete(caption);
    lay();
  }
  function sorted(): Bar[] {
    const order = chosen.get(caption);
    if (!order) return rows;
    const by = order.by === "name" ? (a: Bar, b: Bar) => a.name.localeCompare(b.name) : (a: Bar, b: Bar) => (a.value ?? 0) - (b.value ?? 0);
    return [...rows].sort((a, b) => (order.down ? -by(a, b) : by(a, b)));
  }
  function lay(): void {
    const order = chosen.get(caption);
    for (const [key, head] of Object.entries(heads))
      head.setAttribute("aria-sort", order?.by === key ? (order.down ? "descending" : "ascending") : "none");
    body.replaceChildren(...sorted().map((r) => line(r, x, banded, picked)));
  }
  lay();
  return el(
    "figure",
    { className: "bars", vars: widest(rows) },
    headed(
      caption,
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el("tr", {}, heads.name, el("td", { className: "draw" }), heads.value, banded && el("th", { scope: "col", className: "num" }, BAND)),
        ),
        body,
      ),
    ),
    saving(
      () => ({
        picture: chart(
          sorted().map((r) => ({ ...r, from: 0, to: r.value ?? 0, look: `s-${r.shade}`, text: signed(r.value), ends: range(r.lo, r.hi) })),
          { name: of, value: unit, band: BAND },
        ),
        title, measure, notes, source,
      }),
      () => ({
        name: title,
        head: ["code", of.toLowerCase(), ...(banded ? withBand(column) : [column])],
        rows: sorted().map((r) => [r.code ?? "", r.name, r.value, ...(banded ? [r.lo, r.hi] : [])]),
      }),
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
    el("td", { className: "num", "data-code": r.code }, signed(r.value), banded && el("small", { className: "below" }, range(r.lo, r.hi))),
    banded && el("td", { className: "num quiet" }, range(r.lo, r.hi)),
  );
}

export interface Step {
  name: string;
  value: number;
  about: string;
  total?: boolean;
  missing?: string;
}

/** A waterfall: each part starts where the one before ended, and the last is the sum. */
export function waterfall(steps: Step[], subject: Subject): HTMLElement {
  const { of, caption, unit, measure, column, notes, source } = subject;
  const title = subject.title ?? caption;
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
    { className: "bars steps", vars: widest(steps) },
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
                  class: lookOf(s),
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
    el("p", { className: "quiet" }, `${measure}.${notes ? ` ${notes.join(" ")}` : ""}`),
    saving(
      () => ({
        picture: chart(
          placed.map((s) => ({ name: s.name, from: s.from, to: s.to, look: lookOf(s), strong: s.total, text: s.missing ? "unknown" : signed(s.value) })),
          { name: of, value: unit },
        ),
        title, measure, notes, source,
      }),
      () => ({
        name: title,
        head: [of.toLowerCase(), column, "meaning"],
        rows: steps.map((s) => [s.name, s.missing ? null : s.value, s.missing ?? s.about]),
      }),
    ),
  );
}

const lookOf = (s: { total?: boolean; value: number }): string => (s.total ? "sum" : s.value < 0 ? "s-l4" : "s-g4");

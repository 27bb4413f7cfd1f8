/** Bars as one drawing, for a file: what the table beside it shows, without the table. */

import { svg } from "./dom";
import { block, LEADING, widest, wrapped } from "./text";

export interface Drawn {
  name: string;
  /** Ends of the bar. */
  from: number;
  to: number;
  lo?: number | null;
  hi?: number | null;
  look: string;
  strong?: boolean;
  text: string;
  /** The band in words. */
  ends?: string;
}

/** What stands over the columns. */
export interface Heads {
  name: string;
  value: string;
  band?: string;
}

/** Most room for names; longer ones take more lines. */
const NAMES = 300;
const TRACK = 380;
const GAP = 14;
const LINE = 22;

/** Draw rows on one scale that holds zero, with names to the left and numbers to the right. */
export function chart(rows: readonly Drawn[], heads: Heads): SVGSVGElement {
  const sides = [0, ...rows.flatMap((r) => [r.from, r.to, r.lo ?? 0, r.hi ?? 0])];
  const [lo, hi] = [Math.min(...sides), Math.max(...sides)];
  const names = rows.map((r) => wrapped(r.name, NAMES, r.strong ? "bold" : ""));
  const left = GAP + Math.max(widest([heads.name], "small"), ...rows.map((r, i) => widest(names[i], r.strong ? "bold" : "")));
  const x = (v: number) => left + GAP + ((v - lo) / (hi - lo || 1)) * TRACK;
  const column = (texts: readonly string[], head: string) => {
    const width = Math.max(widest(texts, "bold"), Math.min(110, widest([head], "small")), widest(head.split(" "), "small"));
    return { width, lines: wrapped(head, width + 1, "small") };
  };
  const value = column(rows.map((r) => r.text), heads.value);
  const band = rows.some((r) => r.ends) ? column(rows.map((r) => r.ends ?? ""), heads.band ?? "") : null;
  const valueEnd = left + GAP + TRACK + GAP + value.width;
  const bandEnd = valueEnd + (band ? GAP + band.width : 0);
  const headed = LEADING.small * Math.max(1, value.lines.length, band?.lines.length ?? 0) + 8;
  const heights = names.map((lines) => LINE + LEADING[""] * (lines.length - 1));
  const tops = heights.map((_, i) => headed + heights.slice(0, i).reduce((sum, h) => sum + h, 0));
  const height = headed + heights.reduce((sum, h) => sum + h, 0) + 4;
  const above = (lines: readonly string[], end: number) => block(lines, end, headed - 8 - LEADING.small * (lines.length - 1), "small", "ends");
  return svg(
    "svg",
    { viewBox: `0 0 ${Math.ceil(bandEnd + GAP)} ${height}`, class: "chart" },
    ...above([heads.name], left),
    ...above(value.lines, valueEnd),
    ...(band ? above(band.lines, bandEnd) : []),
    svg("line", { class: "zero", x1: x(0), x2: x(0), y1: headed - 4, y2: height }),
    ...rows.flatMap((r, i) => {
      const [look, lines] = [r.strong ? ("bold" as const) : ("" as const), names[i]];
      const y = tops[i] + (heights[i] - LINE) / 2;
      const has = r.lo !== null && r.lo !== undefined && r.hi !== null && r.hi !== undefined;
      return [
        ...block(lines, left, tops[i] + 14, look, "ends"),
        svg("rect", { class: r.look, x: Math.min(x(r.from), x(r.to)), width: Math.max(1, Math.abs(x(r.to) - x(r.from))), y: y + 2, height: 14 }),
        has && svg("path", { class: "band", d: `M${x(r.lo!)},${y + 5}v8m0-4H${x(r.hi!)}m0-4v8` }),
        ...block([r.text], valueEnd, y + 14, look, "ends"),
        ...block(r.ends ? [r.ends] : [], bandEnd, y + 14, "", "ends"),
      ].filter((node) => node !== false);
    }),
  );
}

/** Draw lines over years, one a series, each on the scale of all. */
export function lines(
  series: readonly { name: string; look: string; points: readonly { year: number; value: number }[] }[],
  label: string,
  shown: (value: number) => string,
): SVGSVGElement {
  const every = series.flatMap((s) => s.points);
  const [y0, y1] = [Math.min(...every.map((p) => p.year)), Math.max(...every.map((p) => p.year))];
  const [lo, hi] = [Math.min(...every.map((p) => p.value)), Math.max(...every.map((p) => p.value))];
  const ticks = [lo, (lo + hi) / 2, hi];
  const [width, height, top, foot] = [640, 230, 12, 28];
  const left = widest(ticks.map(shown), "small") + 14;
  const right = widest(series.map((s) => s.name), "small") + 14;
  const x = (year: number) => left + ((year - y0) / (y1 - y0 || 1)) * (width - left - right);
  const y = (value: number) => height - foot - ((value - lo) / (hi - lo || 1)) * (height - top - foot);
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "chart lines", role: "img", "aria-label": `${label}, ${y0} to ${y1}` },
    ...ticks.flatMap((t) => [
      svg("line", { class: "rule", x1: left, x2: width - right, y1: y(t), y2: y(t) }),
      svg("text", { class: "small ends", x: left - 6, y: y(t) + 4 }, shown(t)),
    ]),
    ...[y0, y1].map((year, i) => svg("text", { class: `small${i ? " ends" : ""}`, x: x(year), y: height - 8 }, String(year))),
    ...series.flatMap((s) => {
      const last = s.points[s.points.length - 1];
      return [
        svg("polyline", { class: `line ${s.look}`, points: s.points.map((p) => `${x(p.year)},${y(p.value)}`).join(" ") }),
        svg("text", { class: "small", x: x(last.year) + 6, y: y(last.value) + 4 }, s.name),
      ];
    }),
  );
}

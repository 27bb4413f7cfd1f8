/** Bars as one drawing, for a file: what the table beside it shows, without the table. */

import { svg } from "./dom";

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
}

const NAMES = 190;
const TRACK = 400;
const TEXTS = 180;
const LINE = 22;
const TOP = 52;

/** Draw rows on one scale that holds zero, with names to the left and numbers to the right. */
export function chart(rows: readonly Drawn[], title: string, unit: string): SVGSVGElement {
  const ends = rows.flatMap((r) => [r.from, r.to, r.lo ?? 0, r.hi ?? 0, 0]);
  const [lo, hi] = [Math.min(...ends), Math.max(...ends)];
  const x = (v: number) => NAMES + 4 + ((v - lo) / (hi - lo || 1)) * (TRACK - 8);
  const height = TOP + rows.length * LINE + 12;
  return svg(
    "svg",
    { viewBox: `0 0 ${NAMES + TRACK + TEXTS} ${height}`, class: "chart" },
    svg("text", { class: "heading", x: 10, y: 22 }, title),
    svg("text", { class: "small", x: 10, y: 40 }, unit),
    svg("line", { class: "zero", x1: x(0), x2: x(0), y1: TOP - 4, y2: height - 8 }),
    ...rows.flatMap((r, i) => {
      const y = TOP + i * LINE;
      const has = r.lo !== null && r.lo !== undefined && r.hi !== null && r.hi !== undefined;
      return [
        svg("text", { class: `ends${r.strong ? " bold" : ""}`, x: NAMES - 8, y: y + 13 }, r.name),
        svg("rect", { class: r.look, x: Math.min(x(r.from), x(r.to)), width: Math.max(1, Math.abs(x(r.to) - x(r.from))), y: y + 2, height: 14 }),
        has && svg("path", { class: "band", d: `M${x(r.lo!)},${y + 5}v8m0-4H${x(r.hi!)}m0-4v8` }),
        svg("text", { class: r.strong ? "bold" : "", x: NAMES + TRACK + 6, y: y + 13 }, r.text),
      ].filter((node) => node !== false);
    }),
  );
}

/** Draw lines over years, one a series, each on the scale of all. */
export function lines(
  series: readonly { name: string; look: string; points: readonly { year: number; value: number }[] }[],
  title: string,
  unit: string,
): SVGSVGElement {
  const every = series.flatMap((s) => s.points);
  const [y0, y1] = [Math.min(...every.map((p) => p.year)), Math.max(...every.map((p) => p.year))];
  const [lo, hi] = [Math.min(...every.map((p) => p.value)), Math.max(...every.map((p) => p.value))];
  const [width, height, left, right, top, foot] = [640, 260, 46, 150, 48, 28];
  const x = (year: number) => left + ((year - y0) / (y1 - y0 || 1)) * (width - left - right);
  const y = (value: number) => height - foot - ((value - lo) / (hi - lo || 1)) * (height - top - foot);
  const ticks = [lo, (lo + hi) / 2, hi];
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "chart lines", role: "img", "aria-label": `${title}, ${unit}, ${y0} to ${y1}` },
    svg("text", { class: "heading", x: 10, y: 22 }, title),
    svg("text", { class: "small", x: 10, y: 39 }, unit),
    ...ticks.flatMap((t) => [
      svg("line", { class: "rule", x1: left, x2: width - right, y1: y(t), y2: y(t) }),
      svg("text", { class: "small ends", x: left - 6, y: y(t) + 4 }, t.toPrecision(3).replace("-", "−")),
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

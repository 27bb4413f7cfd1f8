/** Who would stay in a bloc over two assumptions: a picture of cells, and what stands at one point of it. */

import type { components } from "./schema";
import { svg } from "./dom";
import { signed } from "./scale";
import { listed } from "./state";
import { block, LEADING, wrapped } from "./text";

export type Stability = components["schemas"]["StabilityAnswer"];

type Axis = Stability["x"];

/** A value on an axis, as its unit is read. */
export function shown(axis: Axis, v: number): string {
  if (axis.unit === "fraction") return `${(100 * v).toFixed(1)}%`;
  if (axis.unit === "probability") return v.toFixed(2);
  return axis.unit.startsWith("USD") ? `${v.toFixed(2)} USD bn` : `${v.toFixed(1)}×`;
}
export const axisName = (axis: Axis): string => `${axis.label[0].toUpperCase()}${axis.label.slice(1)}`;
/** Head of its column as CSV, with the unit. */
export const axisColumn = (axis: Axis): string => `${axis.parameter}_${(axis.unit.startsWith("USD") ? "usd_billion" : axis.unit).replace(/[^a-z]+/gi, "_").toLowerCase()}`;
const said = (axis: Axis, v: number) => `${axis.label} at ${shown(axis, v)}`;

const LOOKS = ["s-b", "s-d", "s-e", "s-c", "s-f"] as const;
const [LEFT, TOP, SIDE, FOOT] = [66, 12, 300, 44];
/** From one line of the legend to the next, as `LEADING` of small words. */
const LINE = LEADING.small;
/** Arms of the cross, and a ring around them: both are seen where they stand at one point. */
const [CROSS, RING] = [8, 13];
const WIDTH = LEFT + SIDE + 36;

export interface Region {
  leavers: string[];
  look: string;
  text: string;
}

/** The sets of members that would leave somewhere, the most frequent first, each with its colour. */
export function regions(found: Stability, name: (code: string) => string): Region[] {
  const seen = new Map<string, number>();
  for (const row of found.stays) for (const cell of row) seen.set(cell.join(), (seen.get(cell.join()) ?? 0) + 1);
  let next = 0;
  return [...seen]
    .sort((a, b) => b[1] - a[1])
    .map(([key]) => {
      const leavers = found.members.filter((_, i) => key.split(",")[i] === "false");
      const look = leavers.length === 0 ? "s-g4" : (LOOKS[next++] ?? "s-n");
      return { leavers, look, text: leavers.length === 0 ? "all stay" : `${listed(leavers.map(name))} would leave` };
    });
}

/** Slack of every member at a point, between the cells around it (USD billion a year). */
export function slackAt(found: Stability, x: number, y: number): number[] {
  const place = (values: number[], v: number): [number, number] => {
    const at = Math.max(0, Math.min(values.length - 2, values.filter((other) => other <= v).length - 1));
    return [at, Math.max(0, Math.min(1, (v - values[at]) / (values[at + 1] - values[at])))];
  };
  const [i, u] = place(found.x.values, x);
  const [j, v] = place(found.y.values, y);
  const s = found.slack_usd_bn;
  return found.members.map((_, m) => (1 - v) * ((1 - u) * s[j][i][m] + u * s[j][i + 1][m]) + v * ((1 - u) * s[j + 1][i][m] + u * s[j + 1][i + 1][m]));
}

/** Whether both axes have a most likely figure: an offer that nobody makes has none. */
export const hasRing = ({ x, y }: Stability): boolean => x.most_likely !== null && y.most_likely !== null;

/** What stands at a point, as a sentence. */
export function sentence(found: Stability, x: number, y: number, name: (code: string) => string): string {
  const slack = slackAt(found, x, y);
  const say = (stays: boolean) => found.members.map((m, i) => [name(m), slack[i]] as const).filter(([, v]) => v >= 0 === stays).map(([who, v]) => `${who} (${signed(v)})`);
  const [leave, stay] = [say(false), say(true)];
  const where = `With ${said(found.x, x)} and ${said(found.y, y)}`;
  return `${where}, ${leave.length ? `${listed(leave)} would leave` : "nobody would leave"}${leave.length && stay.length ? `; ${listed(stay)} would stay` : ""}. Slack over the best exit, USD billion a year.`;
}

/** Draw the cells, with a mark where the figures stand and a cross where the reader is. */
export function stabilityDrawing(
  found: Stability,
  point: { x: number; y: number },
  name: (code: string) => string,
  picked?: (x: number, y: number) => void,
): SVGSVGElement {
  const known = regions(found, name);
  const [xs, ys] = [found.x.values, found.y.values];
  const lookOf = (cell: boolean[]) => known.find((r) => found.members.every((m, i) => r.leavers.includes(m) !== cell[i]))!;
  const [x0, x1, y0, y1] = [xs[0], xs[xs.length - 1], ys[0], ys[ys.length - 1]];
  const px = (x: number) => LEFT + ((x - x0) / (x1 - x0)) * SIDE;
  const py = (y: number) => TOP + SIDE - ((y - y0) / (y1 - y0)) * SIDE;
  const [w, h] = [SIDE / xs.length, SIDE / ys.length];
  const cells = found.stays.flatMap((row, j) =>
    row.map((cell, i) => {
      const region = lookOf(cell);
      return svg(
        "rect",
        {
          class: `cell ${region.look}`, x: LEFT + i * w, y: TOP + SIDE - (j + 1) * h, width: w + 0.4, height: h + 0.4,
          onclick: picked && (() => picked(xs[i], ys[j])),
        },
        svg("title", {}, `${said(found.x, xs[i])}, ${said(found.y, ys[j])}: ${region.text}`),
      );
    }),
  );
  const [mx, my] = [found.x.most_likely, found.y.most_likely];
  const here = { x: px(point.x), y: py(point.y) };
  const ticks = [0, 0.5, 1];
  const labels = known.map((r) => wrapped(r.text, WIDTH - LEFT - 24, "small"));
  const below = labels.map((_, i) => TOP + SIDE + FOOT + labels.slice(0, i).reduce((sum, lines) => sum + LINE * lines.length + 3, 0));
  const height = TOP + SIDE + FOOT + labels.reduce((sum, lines) => sum + LINE * lines.length + 3, 6);
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, class: "chart stability", role: "img", "aria-label": `Who would stay, by ${axisName(found.x).toLowerCase()} and ${axisName(found.y).toLowerCase()}: ${known.map((r) => r.text).join("; ")}` },
    ...cells,
    ...ticks.flatMap((t) => [
      svg("text", { class: "small middle", x: LEFT + t * SIDE, y: TOP + SIDE + 15 }, shown(found.x, x0 + t * (x1 - x0))),
      svg("text", { class: "small ends", x: LEFT - 6, y: TOP + SIDE - t * SIDE + 4 }, shown(found.y, y0 + t * (y1 - y0)).replace(" USD bn", "")),
    ]),
    // Years inside the right edge, as the ring and the cross are: light over dark.
    ...found.y.marks.filter((m) => m.value >= y0 && m.value <= y1).flatMap((m) => [
      ...["halo", "light"].map((look) => svg("path", { class: `mark ${look}`, d: `M${LEFT + SIDE - 9},${py(m.value)}h9` })),
      svg("text", { class: "small", x: LEFT + SIDE + 4, y: py(m.value) + 4 }, String(m.year)),
    ]),
    svg("text", { class: "small middle", x: LEFT + SIDE / 2, y: TOP + SIDE + 32 }, axisName(found.x)),
    ...wrapped(`${axisName(found.y)}${found.y.unit.startsWith("USD") ? ", USD bn a year" : ""}`, SIDE, "small").map((text, i) => svg("text", { class: "small middle", x: 0, y: 0, transform: `translate(${12 + 14 * i} ${TOP + SIDE / 2}) rotate(-90)` }, text)),
    // Light over dark, so that the marks are seen on every colour.
    ...["halo", "light"].flatMap((look) => [
      mx !== null && my !== null && svg("circle", { class: `mark ${look}`, cx: px(mx), cy: py(my), r: RING }),
      svg("path", { class: `mark ${look}`, d: `M${here.x - CROSS},${here.y}h${2 * CROSS}M${here.x},${here.y - CROSS}v${2 * CROSS}` }),
    ]),
    ...known.flatMap((r, i) => [
      svg("rect", { class: r.look, x: LEFT, y: below[i], width: 13, height: 12 }),
      ...block(labels[i], LEFT + 20, below[i] + 11, "small"),
    ]),
  );
}

/** The world map: one group of shapes for each economy, dots where a shape is too small, a list beside it elsewhere. */

import { geoNaturalEarth1, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { el, svg } from "./dom";
import { saving, type Drawing, type Table } from "./saving";
import { widthOf } from "./text";

const WIDTH = 960;
const HEIGHT = 470;
const SMALL = 5;
/** Side of the box (in units of the drawing) below which a country gets a dot. */

const BOUNDARIES = "Boundaries: Natural Earth at 1:50 million, which draw who holds the ground.";

/** What is drawn on every map, or on none of them, whatever it shows. */
function everywhere(drawing: SVGSVGElement): string {
  const found: [string, boolean][] = [
    ["Hatched in grey: what belongs to no economy of this world.", drawing.querySelector(".ground > .land:not([data-code]) path") !== null],
    ["Dots: places too small to be seen, at their capitals.", drawing.querySelector(".dot") !== null],
  ];
  return found.flatMap(([text, drawn]) => (drawn ? [text] : [])).join(" ");
}

/** What the map needs to know of a world: its economies, and the countries that each stands for. */
export interface Places {
  economies: readonly { code: string; name: string }[];
  countries: readonly { iso3: string; numeric: string; economy: string | null; lat: number | null; lon: number | null }[];
}

export interface MapOptions {
  label: string;
  /** Called with the economy that was clicked. */
  picked: (code: string) => void;
  /** Whether picking switches an economy on and off. */
  toggles: boolean;
  /** Shapes; they may come after the page. */
  shapes: () => Promise<Topology>;
  /** What is saved with the drawing: a heading, the meaning of its colours and their unit, and its numbers. */
  saved: () => Omit<Drawing, "picture"> & { keys: readonly (readonly [string, string])[]; unit?: string; table: Table };
}

export interface Paint {
  /** Class that colours an economy. */
  shade: (code: string) => string;
  /** Whether it is outlined. */
  marked: (code: string) => boolean;
  /** What is said of it when it is pointed at, or reached with the keyboard. */
  about: (code: string) => string;
  /** Whether it is drawn faintly: it stands for countries that are not told apart. */
  faint?: (code: string) => boolean;
}

export interface WorldMap {
  node: HTMLElement;
  paint: (p: Paint) => void;
  track: (points: { lat: number; lon: number; label: string }[]) => void;
}

/** Draw the map. The shapes come after the page: a place is kept. */
export function worldMap(w: Places, { label, picked, toggles, shapes, saved }: MapOptions): WorldMap {
  const ground = svg("g", { class: "ground" });
  const top = svg("g", { class: "over", "aria-hidden": "true" });
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": label, class: "map" },
    patterns(),
    ground,
    top,
  );
  const tip = el("div", { className: "tip", hidden: true });
  const spoken = el("div", { className: "unseen", "aria-live": "polite" });
  const waiting = el("p", { className: "waiting" }, "Drawing the map …");
  const node = el("div", { className: "mapbox" }, drawing, waiting, tip, spoken);
  const groups = new Map<string, SVGGElement>();
  let current: Paint | null = null;
  let outlined = "";
  const projection = geoNaturalEarth1().rotate([-11, 0]);
  const view = zooming(drawing, node);

  const show = (code: string, x: number, y: number) => {
    if (!current) return;
    tip.textContent = current.about(code);
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x - box.left + 12, box.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${Math.max(4, Math.min(y - box.top + 14, box.height - tip.offsetHeight - 4))}px`;
  };
  const hide = () => (tip.hidden = true);

  shapes().then(
    (topology) => {
      draw(w, topology, projection, ground, groups, toggles);
      waiting.remove();
      keyboard(groups, picked, (code) => (spoken.textContent = current?.about(code) ?? ""));
      for (const [code, group] of groups) {
        group.addEventListener("click", () => !view.dragged() && picked(code));
        group.addEventListener("pointermove", (e) => show(code, e.clientX, e.clientY));
        group.addEventListener("pointerleave", hide);
        group.addEventListener("focus", () => {
          const box = group.getBoundingClientRect();
          if (group.matches(":focus-visible")) show(code, box.left + box.width / 2, box.top + box.height / 2);
        });
        group.addEventListener("blur", hide);
      }
      if (current) paint(current);
    },
    () => (waiting.textContent = "The map could not be loaded; the list beside it does the same."),
  );

  const paint = (p: Paint) => {
    current = p;
    for (const [code, group] of groups) {
      const marked = p.marked(code);
      const shade = p.shade(code);
      const hatched = shade.startsWith("h-");
      // Most economies keep their shade when a slider moves: what stays is not touched, so that it is not drawn anew.
      put(group, "class", `land${hatched ? "" : ` s-${shade}`}${marked ? " marked" : ""}${p.faint?.(code) ? " faint" : ""}`);
      const fill = hatched ? `url(#${shade})` : "";
      if (group.style.fill !== fill) group.style.fill = fill;
      put(group, "aria-label", p.about(code));
      put(group, toggles ? "aria-checked" : "aria-pressed", String(marked));
    }
    // Outlines of neighbours would hide parts of the marked ones: those are drawn last.
    const order = [...groups.keys()].filter((code) => p.marked(code)).join();
    if (order === outlined) return;
    outlined = order;
    const focused = (node.getRootNode() as Document | ShadowRoot).activeElement;
    for (const code of order.split(",")) {
      const group = groups.get(code);
      if (group) ground.insertBefore(group, ground.lastElementChild);
    }
    if (focused instanceof SVGElement && ground.contains(focused)) focused.focus();
  };

  const track = (points: { lat: number; lon: number; label: string }[]) => {
    const placed = points.map((p) => ({ ...p, at: projection([p.lon, p.lat])! }));
    top.replaceChildren(
      svg("polyline", { class: "track", points: placed.map((p) => p.at.join(",")).join(" ") }),
      ...placed
        .filter((p, i) => p.label || i === placed.length - 1)
        .flatMap((p) => [
          svg("circle", { class: "stop", cx: p.at[0], cy: p.at[1], r: 3 }),
          svg("text", { class: "stopname", x: p.at[0], y: p.at[1], dx: 4, dy: 3 }, p.label),
        ]),
    );
  };
  node.append(
    saving(
      () => {
        const { keys, unit = "", notes = [], ...told } = saved();
        return { ...told, picture: withKeys(drawing, keys, unit), notes: [...notes, everywhere(drawing), BOUNDARIES] };
      },
      () => saved().table,
    ),
  );
  return { node, paint, track };
}

function put(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function draw(
  w: Places,
  topology: Topology,
  projection: ReturnType<typeof geoNaturalEarth1>,
  ground: SVGGElement,
  groups: Map<string, SVGGElement>,
  toggles: boolean,
): void {
  const countries = topology.objects.countries as GeometryCollection<{ name: string }>;
  const all = feature(topology, countries);
  const shown = { ...all, features: all.features.filter((f) => f.id !== "010") };
  projection.fitExtent([[4, 4], [WIDTH - 4, HEIGHT - 4]], shown);
  const path = geoPath(projection).digits(1);
  const byNumber = new Map(w.countries.filter((c) => c.numeric).map((c) => [c.numeric, c]));
  const kosovo = w.countries.find((c) => c.iso3 === "XKX");
  const seen = new Set<string>();
  const names = new Map(w.economies.map((e) => [e.code, e.name]));
  for (const code of names.keys())
    groups.set(code, svg("g", { role: toggles ? "checkbox" : "button", tabindex: -1, "data-code": code }));
  const nobody = svg("g", { class: "land", "aria-hidden": "true" });
  nobody.style.fill = "url(#nobody)";
  for (const f of shown.features) {
    // Two shapes carry 036 and some carry none: shapes follow the atlas, and never decide what an economy is.
    const country =
      f.id !== undefined ? byNumber.get(String(f.id)) : f.properties.name === "Kosovo" ? kosovo : undefined;
    const d = path(f);
    if (!d) continue;
    const group = (country?.economy && groups.get(country.economy)) || nobody;
    group.append(svg("path", { d }));
    const [[x0, y0], [x1, y1]] = path.bounds(f);
    if (country && Math.max(x1 - x0, y1 - y0) >= SMALL) seen.add(country.iso3);
  }
  for (const country of w.countries) {
    if (seen.has(country.iso3) || !country.economy || country.lat === null || country.lon === null) continue;
    const at = projection([country.lon, country.lat]);
    if (at) groups.get(country.economy)?.append(svg("circle", { class: "dot", cx: at[0], cy: at[1], r: 2 }));
  }
  const borders = mesh(topology, countries, (a, b) => a !== b);
  ground.append(nobody, ...groups.values());
  ground.append(svg("path", { class: "borders", d: path(borders) ?? "", "aria-hidden": "true" }));
}

/** One stop for the tab key; arrows go to the next economy in that direction, space and enter pick. */
function keyboard(groups: Map<string, SVGGElement>, picked: (code: string) => void, said: (code: string) => void): void {
  const codes = [...groups.keys()];
  const at = (code: string) => {
    const box = groups.get(code)!.getBBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  groups.get(codes[0])?.setAttribute("tabindex", "0");
  for (const [code, group] of groups)
    group.addEventListener("keydown", (e) => {
      if (e.key === "Enter" || e.key === " ") {
        e.preventDefault();
        picked(code);
        group.focus();
        return;
      }
      const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (!along) return;
      e.preventDefault();
      const [x, y] = at(code);
      let best = code;
      let least = Infinity;
      for (const other of codes) {
        const [u, v] = at(other);
        const forward = (u - x) * along[0] + (v - y) * along[1];
        const aside = Math.abs((u - x) * along[1]) + Math.abs((v - y) * along[0]);
        if (other !== code && forward > 0 && forward + 2 * aside < least) [best, least] = [other, forward + 2 * aside];
      }
      group.setAttribute("tabindex", "-1");
      groups.get(best)!.setAttribute("tabindex", "0");
      groups.get(best)!.focus();
      said(best);
    });
}

function zooming(drawing: SVGSVGElement, node: HTMLElement): { dragged: () => boolean } {
  let [x, y, size] = [0, 0, 1];
  let moved = false;
  let from: { x: number; y: number; id: number } | null = null;
  const apply = () => {
    size = Math.min(1, Math.max(0.06, size));
    x = Math.min(WIDTH * (1 - size), Math.max(0, x));
    y = Math.min(HEIGHT * (1 - size), Math.max(0, y));
    drawing.setAttribute("viewBox", `${x} ${y} ${WIDTH * size} ${HEIGHT * size}`);
    drawing.style.setProperty("--zoom", String(size));
  };
  const zoom = (by: number, cx = 0.5, cy = 0.5) => {
    const old = size;
    size = Math.min(1, Math.max(0.06, size * by));
    x += WIDTH * (old - size) * cx;
    y += HEIGHT * (old - size) * cy;
    apply();
  };
  drawing.addEventListener(
    "wheel",
    (e) => {
      if (!e.ctrlKey && !e.metaKey && size === 1 && e.deltaY > 0) return;
      e.preventDefault();
      const box = drawing.getBoundingClientRect();
      zoom(e.deltaY > 0 ? 1.2 : 1 / 1.2, (e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height);
    },
    { passive: false },
  );
  drawing.addEventListener("pointerdown", (e) => {
    moved = false;
    from = { x: e.clientX, y: e.clientY, id: e.pointerId };
  });
  drawing.addEventListener("pointermove", (e) => {
    if (!from || size === 1) return;
    const scale = (WIDTH * size) / drawing.getBoundingClientRect().width;
    if (!moved && Math.hypot(e.clientX - from.x, e.clientY - from.y) < 5) return;
    if (!moved) drawing.setPointerCapture(from.id);
    moved = true;
    x -= (e.clientX - from.x) * scale;
    y -= (e.clientY - from.y) * scale;
    from = { ...from, x: e.clientX, y: e.clientY };
    apply();
  });
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => (from = null));
  const button = (text: string, label: string, act: () => void) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  node.append(
    el(
      "div",
      { className: "zoom" },
      button("+", "Zoom in", () => zoom(1 / 1.6)),
      button("−", "Zoom out", () => zoom(1.6)),
      button("◎", "Zoom to Eurasia", () => {
        [x, y, size] = [WIDTH * 0.44, HEIGHT * 0.1, 0.42];
        apply();
      }),
      button("⤢", "Whole world", () => {
        [x, y, size] = [0, 0, 1];
        apply();
      }),
    ),
  );
  return { dragged: () => moved };
}

/** Hatches of two colours, for what is contested; `a` to `f` are the poles, `0` and `1` the sea and what is nobody's. */
function patterns(): SVGDefsElement {
  const all = [..."abcdef"];
  const hatch = (id: string, a: string, b: string) =>
    svg(
      "pattern",
      { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 5, height: 5, class: `p-${a}` }),
      svg("rect", { width: 2, height: 5, class: `p-${b}` }),
    );
  const contested = all.flatMap((a) => all.filter((b) => b !== a).map((b) => hatch(`h-${a}${b}`, a, b)));
  return svg("defs", {}, hatch("nobody", "0", "1"), ...contested);
}

/** The map as it is shown, over the meaning of its colours. */
function withKeys(drawing: SVGSVGElement, keys: readonly (readonly [string, string])[], unit: string): SVGSVGElement {
  const inner = drawing.cloneNode(true) as SVGSVGElement;
  for (const [name, value] of Object.entries({ x: 0, y: 0, width: WIDTH, height: HEIGHT })) inner.setAttribute(name, String(value));
  const step = 20;
  let [x, y] = [12, HEIGHT + 20];
  const place = (width: number) => {
    if (x + width > WIDTH - 12) [x, y] = [12, y + step];
    const at = { x, y };
    x += width + 18;
    return at;
  };
  const placed = keys.map(([shade, text]) => ({ shade, text, at: place(18 + widthOf(text)) }));
  const last = unit && keys.length ? place(widthOf(unit)) : null;
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${keys.length ? y + 8 : HEIGHT}`, class: "map chart" },
    inner,
    ...placed.flatMap(({ shade, text, at }) => [
      svg("rect", { class: `s-${shade}`, x: at.x, y: at.y - 10, width: 13, height: 12 }),
      svg("text", { x: at.x + 18, y: at.y }, text),
    ]),
    ...(last ? [svg("text", { x: last.x, y: last.y }, unit)] : []),
  );
}

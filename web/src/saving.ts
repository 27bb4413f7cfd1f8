/** Saving what is drawn: as SVG and PNG with the colours and type of the page written into it, its numbers as CSV. */

import { download, el, svg } from "./dom";
import { csv } from "./scale";
import { block, LEADING, wrapped, type Look } from "./text";

export interface Table {
  /** What the files are called after. */
  name: string;
  /** Each says measure and unit. */
  head: readonly string[];
  rows: readonly (readonly (string | number | null | undefined)[])[];
}

/** Properties that the style sheet decides, and a file must carry. */
const STYLE = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight",
  "text-anchor", "paint-order", "vector-effect",
] as const;
/** Dots of a PNG for each unit of the drawing. */
const SHARP = 2;
const MARGIN = 12;
/** Letters of the name of a file. */
const MOST_NAME = 120;
/** Width below which a heading would break too often. */
const LEAST = 560;

/** A picture with all that it needs to be read alone, wherever it is pasted. */
export interface Drawing {
  picture: SVGSVGElement;
  title: string;
  /** What is measured, in which unit. */
  measure: string;
  /** What the ends of bands are, how marks are read, what is left out. */
  notes?: readonly string[];
  source: string;
}

/** What the ends of a band are. */
export const bandWords = (draws: number, seed: number): string => `5th to 95th percentile of ${draws} draws (seed ${seed})`;

/** Heads of the columns of a number and of the ends of its band. */
export const withBand = (column: string): string[] => [column, `${column}_5th_percentile`, `${column}_95th_percentile`];

/** Buttons that save a drawing and its table; `drawn` is called when it is wanted. */
export function saving(drawn: () => Drawing, table: () => Table): HTMLElement {
  const box = el("div", { className: "exports" });
  const named = (kind: string) => `${fileName(table().name)}.${kind}`;
  const button = (text: string, label: string, act: () => void) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  box.append(
    button("PNG", "Save the picture as PNG", () => toPng(written(framed(drawn()), box), (blob) => download(named("png"), blob))),
    button("SVG", "Save the picture as SVG", () => download(named("svg"), written(framed(drawn()), box).text, "image/svg+xml")),
    button("CSV", "Save the numbers as CSV", () => {
      const { head, rows } = table();
      download(named("csv"), csv([[...head], ...rows.map((row) => [...row])]), "text/csv");
    }),
  );
  return box;
}

const fileName = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, MOST_NAME).replace(/^-|-$/g, "");

/** A picture under its heading, over its notes. */
function framed({ picture, title, measure, notes = [], source }: Drawing): SVGSVGElement {
  const [, , wide, high] = picture.getAttribute("viewBox")!.split(" ").map(Number);
  // A map that is zoomed into shows a part of itself: it is as large on paper as the whole.
  const [across, down] = [Number(picture.getAttribute("width") ?? wide), Number(picture.getAttribute("height") ?? high)];
  const width = Math.max(across, LEAST);
  const lines = (text: string, look: Look) => wrapped(text, width - 2 * MARGIN, look);
  const [heads, under] = [lines(title, "heading"), lines(measure, "small")];
  const foot = [...notes, source].filter(Boolean).flatMap((text) => lines(text, "small"));
  const top = 24 + LEADING.heading * heads.length + LEADING.small * (under.length - 1) + 8;
  const height = top + down + 8 + LEADING.small * foot.length + 6;
  for (const [name, value] of Object.entries({ x: (width - across) / 2, y: top, width: across, height: down })) picture.setAttribute(name, String(value));
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "chart" },
    ...block(heads, MARGIN, 22, "heading"),
    ...block(under, MARGIN, 20 + LEADING.heading * heads.length, "small"),
    picture,
    ...block(foot, MARGIN, top + down + 20, "small"),
  );
}

interface Written {
  text: string;
  width: number;
  height: number;
}

/** Write the styles of a drawing into it; it stands in the page, unseen, while they are read. */
function written(drawing: SVGSVGElement, near: HTMLElement): Written {
  drawing.classList.add("unplaced");
  near.append(drawing);
  const paper = getComputedStyle(drawing).backgroundColor;
  for (const node of drawing.querySelectorAll<SVGElement>("*")) {
    const style = getComputedStyle(node);
    for (const name of STYLE) {
      const value = style.getPropertyValue(name);
      if (value) node.setAttribute(name, value);
    }
    if (node instanceof SVGCircleElement) node.setAttribute("r", style.getPropertyValue("r").replace("px", ""));
  }
  // Attributes of style come first in force, and mean nothing without the style sheet.
  for (const node of drawing.querySelectorAll("*"))
    for (const name of ["style", "class", "tabindex", "role", "aria-label", "aria-checked", "aria-pressed"]) node.removeAttribute(name);
  drawing.remove();
  const [, , width, height] = drawing.getAttribute("viewBox")!.split(" ").map(Number);
  drawing.prepend(svg("rect", { width, height, fill: paper }));
  const made = { xmlns: "http://www.w3.org/2000/svg", width, height };
  for (const [name, value] of Object.entries(made)) drawing.setAttribute(name, String(value));
  drawing.removeAttribute("class");
  return { text: new XMLSerializer().serializeToString(drawing), width, height };
}

function toPng({ text, width, height }: Written, done: (blob: Blob) => void): void {
  const image = new Image();
  image.onload = () => {
    const canvas = el("canvas", { width: width * SHARP, height: height * SHARP });
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && done(blob));
    URL.revokeObjectURL(image.src);
  };
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
}

/** Saving what is drawn: as SVG and PNG with the colours and type of the page written into it, its numbers as CSV. */

import { download, el, svg } from "./dom";
import { csv } from "./scale";

export interface Table {
  /** What the files are called after. */
  name: string;
  head: readonly string[];
  rows: readonly (readonly (string | number | null | undefined)[])[];
}

/** Properties that the style sheet decides, and a file must carry. */
const STYLE = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "font-weight",
  "text-anchor", "paint-order", "vector-effect",
] as const;
const SHARP = 2;
/** Dots of a PNG for each unit of the drawing. */

/** Buttons that save a drawing and its table; `drawn` is called when it is wanted. */
export function saving(drawn: () => SVGSVGElement, table: () => Table): HTMLElement {
  const box = el("div", { className: "exports" });
  const named = (kind: string) => `${fileName(table().name)}.${kind}`;
  const button = (text: string, label: string, act: () => void) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  box.append(
    button("PNG", "Save the picture as PNG", () => toPng(written(drawn(), box), (blob) => download(named("png"), blob))),
    button("SVG", "Save the picture as SVG", () => download(named("svg"), written(drawn(), box).text, "image/svg+xml")),
    button("CSV", "Save the numbers as CSV", () => {
      const { head, rows } = table();
      download(named("csv"), csv([[...head], ...rows.map((row) => [...row])]), "text/csv");
    }),
  );
  return box;
}

const fileName = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60);

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

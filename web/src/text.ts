/** Words measured before they are drawn: a label that is long gets room or more lines, and none is cut. */

import { el, svg } from "./dom";

/** Sizes and weights of words in a drawing. */
export type Look = "" | "bold" | "small" | "heading";

/** As `.chart text` of the style sheet says. */
const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const FONTS: Record<Look, string> = { "": "13px", bold: "650 13px", small: "12px", heading: "600 16px" };

/** From one line of words to the next. */
export const LEADING: Record<Look, number> = { "": 17, bold: 17, small: 16, heading: 21 };

let pen: CanvasRenderingContext2D | null = null;

export function widthOf(text: string, look: Look = ""): number {
  pen ??= el("canvas").getContext("2d")!;
  pen.font = `${FONTS[look]} ${FAMILY}`;
  return pen.measureText(text).width;
}

export const widest = (texts: readonly string[], look: Look = ""): number => Math.max(0, ...texts.map((text) => widthOf(text, look)));

/** Lines that fit into a width; a word that alone is wider is broken. */
export function wrapped(text: string, width: number, look: Look = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer, look) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    while (word.length > 1 && widthOf(word, look) > width) {
      let end = word.length - 1;
      while (end > 1 && widthOf(word.slice(0, end), look) > width) end--;
      lines.push(word.slice(0, end));
      word = word.slice(end);
    }
    line = word;
  }
  return line || lines.length === 0 ? [...lines, line] : lines;
}

/** Lines of words, the first with its baseline at `y`. */
export const block = (lines: readonly string[], x: number, y: number, look: Look = "", more = ""): SVGTextElement[] =>
  lines.map((text, i) => svg("text", { class: `${look} ${more}`.trim(), x, y: y + i * LEADING[look] }, text));

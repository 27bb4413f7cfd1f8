/** Making elements. Styles are set one by one, since the page's security policy allows no style attributes. */

export type Child = Node | string | number | null | undefined | false;
type Props = Record<string, unknown>;

const SVG = "http://www.w3.org/2000/svg";

function fill(node: Element, props: Props, children: Child[]): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value as EventListener);
    else if (name === "vars")
      for (const [key, v] of Object.entries(value as Record<string, string>))
        (node as HTMLElement).style.setProperty(key, v);
    else if (name in node && !name.includes("-") && !(node instanceof SVGElement) && name !== "list")
      (node as unknown as Props)[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children)
    if (child !== null && child !== undefined && child !== false)
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  fill(node, props, children);
  return node;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag) as SVGElementTagNameMap[K];
  fill(node, props, children);
  return node;
}

export function replace(node: Element, ...children: Child[]): void {
  node.replaceChildren();
  fill(node, {}, children);
}

const STOPS = "a[href], button, input, select, summary, [tabindex]";

/** By what a control is known again after it was made anew: its key or id, else its group and what it is called. */
function knownBy(control: HTMLElement): string {
  const group = control.closest("fieldset")?.querySelector("legend")?.textContent ?? "";
  return control.dataset.key ?? (control.id || `${group} ${control.getAttribute("aria-label") ?? control.closest("label")?.textContent ?? control.textContent}`);
}

/** Lay a part of the page anew, and leave the keyboard where it was: on the same control, or on the one in its place. */
export function keepingFocus(part: HTMLElement, lay: () => void): void {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !part.contains(focused)) return lay();
  const place = [...part.querySelectorAll(STOPS)].indexOf(focused);
  const name = knownBy(focused);
  lay();
  const stops = [...part.querySelectorAll<HTMLElement>(STOPS)];
  (stops.find((s) => knownBy(s) === name) ?? stops[Math.min(place, stops.length - 1)])?.focus({ preventScroll: true });
}

/** Put children in the order in which they are seen, which the tab key follows; narrow screens have another. */
export function inOrder(parent: Element, wide: readonly Element[], narrow: readonly Element[]): void {
  const thin = matchMedia("(max-width: 999px)");
  const place = () => parent.append(...(thin.matches ? narrow : wide));
  const turned = () => (parent.isConnected ? place() : thin.removeEventListener("change", turned));
  thin.addEventListener("change", turned);
  place();
}

/** Progress with a button to cancel; the parts stay while the numbers change, so that a click on the button arrives. */
export function working(note: Element, cancelled: () => void): (done: number, total: number, what: string, label: string) => void {
  const bar = el("progress");
  const text = document.createTextNode("");
  const button = el("button", { type: "button", className: "small", onclick: cancelled }, "Cancel");
  return (done, total, what, label) => {
    bar.max = total || 1;
    bar.value = done;
    bar.setAttribute("aria-label", label);
    text.data = ` ${what} `;
    if (button.parentNode !== note) replace(note, bar, text, button);
  };
}

/** What is wider than its box can be scrolled by keyboard too; what fits is no stop for the tab key. */
const fitting = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

export function scrolling(label: string, inside: HTMLElement): HTMLElement {
  const box = el("div", { className: "scroll", role: "group", "aria-label": label }, inside);
  fitting.observe(box);
  return box;
}

let headings = 0;

/** A table under its heading, which is no part of what scrolls: it stays, and is wrapped to what is seen. */
export function headed(caption: string, inside: HTMLTableElement): HTMLElement {
  const id = `caption-${++headings}`;
  inside.setAttribute("aria-labelledby", id);
  return el("div", { className: "headed" }, el("p", { className: "caption", id }, caption), scrolling(caption, inside));
}

/** A table that scrolls where it is too wide; the first cell of a row names it. */
export function table(t: {
  caption: string;
  heads?: readonly Child[];
  rows: readonly (readonly Child[])[];
  /** Columns of numbers, set to the right. */
  numbers?: readonly number[];
  /** Whether the last row sums up the others. */
  sum?: boolean;
}): HTMLElement {
  const look = (column: number) => (t.numbers?.includes(column) ? "num" : "");
  return headed(
    t.caption,
    el(
      "table",
      { className: (t.heads?.length ?? 0) > 4 ? "plain wide" : "plain" },
      t.heads && el("thead", {}, el("tr", {}, ...t.heads.map((text, i) => el("th", { scope: "col", className: look(i) }, text)))),
      el(
        "tbody",
        {},
        ...t.rows.map(([first, ...rest], i) =>
          el(
            "tr",
            { className: t.sum && i === t.rows.length - 1 ? "strong" : "" },
            el("th", { scope: "row" }, first),
            ...rest.map((cell, j) => el("td", { className: look(j + 1) }, cell)),
          ),
        ),
      ),
    ),
  );
}

/** A choice of one among few. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [T, string])[],
  value: T,
  chosen: (value: T) => void,
): HTMLElement {
  const name = `c${Math.random().toString(36).slice(2)}`;
  return el(
    "fieldset",
    { className: "choice" },
    el("legend", {}, label),
    ...options.map(([key, text]) =>
      el(
        "label",
        {},
        el("input", { type: "radio", name, value: key, checked: key === value, onchange: () => chosen(key) }),
        el("span", {}, text),
      ),
    ),
  );
}

export function slider(
  label: string,
  o: { min: number; max: number; step: number; value: number; show: (v: number) => string; id?: string },
  moved: (value: number) => void,
): HTMLElement {
  const out = el("output", {}, o.show(o.value));
  const input = el("input", {
    type: "range",
    min: o.min,
    max: o.max,
    step: o.step,
    value: o.value,
    id: o.id,
    "aria-valuetext": o.show(o.value),
    oninput: () => {
      const v = Number(input.value);
      out.textContent = o.show(v);
      input.setAttribute("aria-valuetext", o.show(v));
      moved(v);
    },
  });
  // `value` must follow `min`, `max` and `step`, or the browser rounds it to the old ones.
  input.value = String(o.value);
  return el("label", { className: "slider" }, el("span", {}, label), out, input);
}

export function download(name: string, content: string | Blob, type = "text/plain"): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

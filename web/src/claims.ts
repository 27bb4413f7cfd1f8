/** The claims of an argument: verdict, figure, what would flip each, and a choice among them by verdict and theme. */

import { chart, type Drawn } from "./chart";
import { choice, el, replace, scrolling, svg } from "./dom";
import { saving, withBand, type Drawing } from "./saving";
import { plain, range } from "./scale";

export interface Part {
  id?: string;
  name: string;
  value: number | null;
  lo?: number | null;
  hi?: number | null;
  unit?: string;
  threshold: number;
  above: boolean;
  probability?: number | null;
}
export interface Reading {
  id: string;
  title: string;
  probability?: number | null;
  parts: Part[];
  reason?: string | null;
}
export interface Claim {
  id: number | string;
  theme?: string;
  claim: string;
  proposition?: string;
  verdict: string;
  statistic?: Partial<Part> | null;
  rule?: string;
  shares?: { supported: number; refuted: number };
  probability?: number | null;
  readings?: Reading[];
  depends_on?: { kind?: string; name?: string; rank_correlation?: number | null } | null;
  flips_at?: { parameter: string; value: number | null; unit?: string; by?: string | null }[] | null;
  /** Where a share of draws is within sampling error of a line at which the verdict turns. */
  near?: readonly { reading?: string; share: number; draws: number; draws_needed?: number; line: number; standard_error: number; verdict: string }[] | null;
  reason?: string | null;
  notes?: string[];
}

/** Where claims come from, for what is saved. */
export interface Origin {
  world: string;
  draws: number;
  seed: number;
  version: string;
}

export const VERDICTS: readonly (readonly [string, string])[] = [
  ["supported", "supported"],
  ["refuted", "refuted"],
  ["depends", "depends"],
  ["not_testable", "cannot be tested"],
];
const word = (verdict: string) => VERDICTS.find(([key]) => key === verdict)?.[1] ?? verdict;
const USUAL = { supported: 0.9, refuted: 0.1 };
const percent = (p: number) => `${Math.round(100 * p)}%`;
export const NEAR = "near its threshold";
const isNumber = (v: number | null | undefined): v is number => v !== null && v !== undefined;
/** A number without a band was not drawn: it holds or does not, and no share of draws can be told. */
const isDrawn = (p: Part): boolean => isNumber(p.lo) && isNumber(p.hi) && isNumber(p.probability);
const holding = (p: Part): string => (isDrawn(p) ? `${percent(p.probability!)} of draws` : !isNumber(p.probability) ? "" : p.probability > 0.5 ? "holds" : "does not hold");
/** Share of draws of the reading that holds least; null where that reading was not drawn. */
const weakest = (c: Claim): number | null => {
  const drawn = (c.readings ?? []).filter((r) => r.parts.some(isDrawn) && isNumber(r.probability)).map((r) => r.probability!);
  return isNumber(c.probability) && drawn.includes(c.probability) ? c.probability : null;
};
const isNear = (c: Claim): boolean => (c.near?.length ?? 0) > 0;

/** Which claims are shown. */
export interface Choice {
  verdict: string;
  theme: string;
}
export const themesOf = (claims: readonly Claim[]): string[] => [...new Set(claims.map((c) => c.theme ?? ""))].filter(Boolean);

/** Draw claims with buttons that choose among them; `told` hears of each choice. */
export function claimList(
  claims: readonly Claim[],
  root: HTMLElement,
  from: Origin,
  start: Choice = { verdict: "all", theme: "all" },
  told: (chosen: Choice) => void = () => undefined,
): void {
  let { verdict, theme } = start;
  const themes = themesOf(claims);
  const count = (key: string) => claims.filter((c) => c.verdict === key).length;
  const list = el("div", { className: "grid2", "aria-live": "polite" });
  const said = el("p", { className: "hint" });
  const shown = () => claims.filter((c) => (verdict === "all" || (verdict === "near" ? isNear(c) : c.verdict === verdict)) && (theme === "all" || c.theme === theme));
  const lay = () => {
    said.textContent = `${shown().length} of ${claims.length} claims`;
    replace(list, ...shown().map(claimCard));
  };
  const verdicts = [
    ["all", "All"],
    ...VERDICTS.filter(([key]) => count(key) || key === verdict).map(([key, text]) => [key, `${text} (${count(key)})`] as const),
    ...(claims.some(isNear) || verdict === "near" ? [["near", NEAR] as const] : []),
  ] as const;
  replace(
    root,
    el(
      "div",
      { className: "card" },
      el("h2", {}, VERDICTS.map(([key, text]) => `${count(key)} ${text}`).join(", ")),
      choice("Verdict", verdicts, verdict, (v) => {
        verdict = v;
        told({ verdict, theme });
        lay();
      }),
      themes.length > 1 &&
        choice("Theme", [["all", "All"], ...themes.map((t) => [t, t] as const)] as const, theme, (t) => {
          theme = t;
          told({ verdict, theme });
          lay();
        }),
      said,
      el("p", { className: "hint" }, "In each figure the threshold is the line in the middle and what passes lies to its right; the bar holds nine draws in ten, the dot stands at the most likely figures. Each row has a scale of its own."),
      saving(() => overview(shown(), from), () => ({
        name: "claims",
        head: ["id", "theme", "claim", "verdict", "near_threshold", "reading", "number", ...withBand("value"), "unit", "threshold", "passes", "share_of_draws_fraction"],
        rows: shown().flatMap((c) =>
          parts(c).map(({ reading, part }) => [
            c.id, c.theme, c.claim, c.verdict, isNear(c) ? "yes" : "", reading, part.name, part.value, part.lo, part.hi, part.unit,
            part.threshold, part.above ? "above" : "below", isDrawn(part) ? part.probability : null,
          ]),
        ),
      })),
    ),
    list,
  );
  lay();
}

/** Share of draws in which each claim holds, as one drawing. */
function overview(claims: readonly Claim[], from: Origin): Drawing {
  const drawn = claims.filter((c) => c.verdict !== "not_testable" && weakest(c) !== null);
  const rows: Drawn[] = drawn.map((c) => ({ name: `${c.id}. ${c.claim}`, from: 0, to: 100 * weakest(c)!, look: c.verdict === "supported" ? "s-g4" : c.verdict === "refuted" ? "s-l4" : "s-n", text: `${percent(weakest(c)!)}  ${word(c.verdict)}` }));
  const left = claims.length - drawn.length;
  return {
    picture: chart(rows, { name: "Claim", value: "holds in, verdict" }),
    title: "Share of draws in which each claim holds",
    measure: `Percent of ${from.draws} draws (seed ${from.seed}), of the reading that holds least`,
    notes: left ? [`Not shown: ${left === 1 ? "a claim that" : `${left} claims that`} cannot be tested, or whose weakest reading rests on figures that are not drawn.`] : [],
    source: `Source: multipolar ${from.version}, world ${from.world}`,
  };
}

const parts = (c: Claim): { reading: string; part: Part }[] =>
  (c.readings ?? []).flatMap((r) => r.parts.map((part) => ({ reading: c.readings!.length > 1 ? r.title : "", part })));

/** What a reader asks first of a part: on which side of its threshold it lies in the draws. */
const look = (c: Claim, p: Part): string => {
  const share = p.probability;
  if (share === null || share === undefined) return "s-n";
  const { supported, refuted } = c.shares ?? USUAL;
  return share >= supported ? "s-g4" : share <= refuted ? "s-l4" : "s-n";
};

function claimCard(c: Claim): HTMLElement {
  const rows = parts(c);
  const missing = (c.readings ?? []).filter((r) => r.reason);
  const s = c.statistic;
  const flips = (Array.isArray(c.flips_at) ? c.flips_at : []).map((f) => `${f.parameter} at ${plain(f.value)}${f.unit || f.by ? ` (${[f.unit, f.by && `on ${f.by}`].filter(Boolean).join(", ")})` : ""}`);
  return el(
    "article",
    { className: "card claim", id: `claim-${c.id}` },
    el("h3", {}, `${c.id}. ${c.claim}`),
    el(
      "p",
      {},
      el("b", { className: `badge v-${c.verdict}` }, word(c.verdict)),
      isNear(c) && el("b", { className: "badge near", title: nearWords(c) }, NEAR),
      c.verdict !== "not_testable" && outcome(c),
    ),
    c.proposition && el("p", {}, `${c.proposition}.`),
    ownLines(c) && el("p", { className: "quiet" }, ownLines(c)),
    rows.length > 0
      ? scrolling(`Figures of claim ${c.id}`, el("table", { className: "strips" }, el("tbody", {}, ...rows.map(({ reading, part }) => strip(c, reading, part)))))
      : s && s.value !== null && s.value !== undefined && el("p", {}, `${s.name ?? "Statistic"}: ${plain(s.value)} ${s.unit ?? ""} ${range(s.lo, s.hi)}`),
    nearWords(c) && el("p", { className: "quiet" }, nearWords(c)),
    flips.length > 0 && el("p", {}, "It would turn with ", flips.join("; "), "."),
    dependence(c) && el("p", { className: "quiet" }, dependence(c)),
    c.reason && el("p", { className: "quiet" }, `${c.verdict === "not_testable" ? "No verdict: " : ""}${c.reason}.`),
    c.verdict !== "not_testable" && missing.map((r) => r.title).join() !== "" && el("p", { className: "quiet" }, `Not computed: ${missing.map((r) => `${r.title} (${r.reason})`).join("; ")}.`),
    (c.rule || c.notes?.length) &&
      el("details", {}, el("summary", {}, "Rule and notes"), c.rule && el("p", { className: "quiet" }, c.rule), ...(c.notes ?? []).map((n) => el("p", { className: "quiet" }, n))),
  );
}

/** The shares of draws from which this claim is supported or refuted, where they are not the usual nine tenths and one. */
function ownLines(c: Claim): string {
  if (!c.shares || (c.shares.supported === USUAL.supported && c.shares.refuted === USUAL.refuted)) return "";
  return `Its lines are its own: supported from ${percent(c.shares.supported)} of the draws on, refuted up to ${percent(c.shares.refuted)}.`;
}

/** In which share of draws a claim holds; where nothing was drawn, only whether it does. */
function outcome(c: Claim): string {
  if (!isNumber(c.probability)) return "";
  const share = weakest(c);
  const text = share !== null ? ` holds in ${percent(share)} of draws` : c.probability > 0.5 ? " holds" : " does not hold";
  return `${text}${(c.readings?.length ?? 0) > 1 ? ", in its weakest reading" : ""}`;
}

function dependence(c: Claim): string {
  const found = c.depends_on;
  if (!found?.name) return "";
  if (found.kind === "reading") return `The readings part: ${found.name}.`;
  if (found.kind === "part") return `It rests on an estimate that is uncertain by itself: ${found.name}.`;
  const by = found.rank_correlation;
  return `What moves it most is ${found.name}${by === null || by === undefined ? "" : ` (rank correlation ${by < 0 ? "−" : "+"}${Math.abs(by).toFixed(2)})`}.`;
}

function nearWords(c: Claim): string {
  const titles = new Map((c.readings ?? []).map((r) => [r.id, r.title]));
  const told = (n: NonNullable<Claim["near"]>[number]) =>
    n.draws < (n.draws_needed ?? 0)
      ? `${n.draws} draws are too few to tell: ${(100 * n.share).toFixed(0)}% of them hold, the line is ${percent(n.line)}, and ${n.draws_needed} are the least that could be clear of it`
      : `${(100 * n.share).toFixed(1)}% of ${n.draws} draws hold; at ${percent(n.line)} (standard error ${(100 * n.standard_error).toFixed(1)} points) it turns to ${word(n.verdict)}`;
  const one = (n: NonNullable<Claim["near"]>[number]) => `${titles.size > 1 && n.reading ? `${titles.get(n.reading)}: ` : ""}${told(n)}`;
  return isNear(c) ? `Near its threshold: ${c.near!.map(one).join("; ")}.` : "";
}

const WIDTH = 160;

function strip(c: Claim, reading: string, p: Part): HTMLElement {
  const sign = p.above ? 1 : -1;
  const ends = [p.value, p.lo, p.hi].filter(isNumber);
  const reach = Math.max(0, ...ends.map((v) => Math.abs(v - p.threshold))) || 1;
  const x = (v: number) => WIDTH / 2 + ((0.45 * WIDTH * sign) / reach) * (v - p.threshold);
  const has = isNumber(p.lo) && isNumber(p.hi);
  const value = p.value;
  const unit = p.unit === undefined || p.unit === "pure number" ? "" : p.unit.startsWith("%") ? p.unit : ` ${p.unit.replace(" a year", "")}`;
  return el(
    "tr",
    { title: `${p.name}: ${plain(value)}${unit} ${range(p.lo, p.hi)}` },
    el("th", { scope: "row" }, p.name, reading && el("small", {}, reading)),
    el(
      "td",
      { className: "draw" },
      svg(
        "svg",
        { viewBox: `0 0 ${WIDTH} 18`, "aria-hidden": "true" },
        svg("line", { class: "zero", x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: 18 }),
        has && svg("rect", { class: look(c, p), x: Math.min(x(p.lo!), x(p.hi!)), width: Math.max(1, Math.abs(x(p.hi!) - x(p.lo!))), y: 7, height: 4 }),
        value !== null && svg("circle", { class: look(c, p), cx: x(value), cy: 9, r: 4.5 }),
      ),
    ),
    el("td", { className: "num" }, `${plain(value)}${unit}`, has && el("small", {}, range(p.lo, p.hi))),
    el("td", { className: "num quiet" }, `${p.above ? "above" : "below"} ${Number(p.threshold.toPrecision(3))}`, holding(p) !== "" && el("small", {}, holding(p))),
  );
}

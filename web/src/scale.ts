/** Numbers as words and colours. Colours are classes, so that a theme is a matter of the style sheet alone. */

export interface Measure {
  key: string;
  label: string;
  unit: string;
  /** Head of its column as CSV. */
  column: string;
  /** Bounds between the shades, nearest zero first. */
  steps: readonly number[];
  about: string;
}

const PERCENT = [0.005, 0.02, 0.1, 0.5, 2] as const;
const MONEY = [0.01, 0.05, 0.25, 1, 5] as const;
const LARGE = [0.05, 0.25, 1, 5, 20] as const;

export const MEASURES: readonly Measure[] = [
  { key: "real_income_pct", label: "Real income", unit: "%", column: "real_income_change_percent", steps: PERCENT, about: "what the economy can buy in a year" },
  { key: "real_income_usd_bn", label: "Real income", unit: "USD bn", column: "real_income_change_usd_billion", steps: MONEY, about: "the same in money a year" },
  { key: "real_wage_pct", label: "Real wage", unit: "%", column: "real_wage_change_percent", steps: PERCENT, about: "what a wage buys, duties not handed back" },
  { key: "terms_of_trade_pct", label: "Terms of trade", unit: "%", column: "terms_of_trade_change_percent", steps: PERCENT, about: "prices of exports over those of imports" },
  { key: "tariff_revenue_usd_bn", label: "Duties collected", unit: "USD bn", column: "duties_change_usd_billion", steps: MONEY, about: "change of the duties a year" },
  { key: "exports_pct", label: "Exports", unit: "%", column: "exports_value_change_percent", steps: LARGE, about: "value of exports" },
  { key: "imports_pct", label: "Imports", unit: "%", column: "imports_value_change_percent", steps: LARGE, about: "value of imports" },
];

export const measureOf = (key: string): Measure => MEASURES.find((m) => m.key === key) ?? MEASURES[0];

/** A measure in words, with its unit, as it stands under the heading of a file. */
export const measureWords = (m: Measure): string => `${m.label}, change in ${m.unit === "%" ? "percent" : "USD billion a year"}`;

/** Shade of a value: `l5` (large loss) to `n` (about nothing) to `g5` (large gain); `x` where there is none. */
export function shade(value: number | null | undefined, steps: readonly number[]): string {
  if (value === null || value === undefined) return "x";
  const size = steps.filter((bound) => Math.abs(value) >= bound).length;
  return size === 0 ? "n" : `${value < 0 ? "l" : "g"}${size}`;
}

/** A number with its sign; two significant digits below one, so that 0.004 and 0.04 are told apart. */
export function signed(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size < 0.0005) return "0.00";
  const text = size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1) : size >= 0.095 ? size.toFixed(2) : size.toFixed(3);
  return `${value < 0 ? "−" : "+"}${text}`;
}

export const plain = (value: number | null | undefined): string => signed(value).replace("+", "");

export function range(lo: number | null | undefined, hi: number | null | undefined): string {
  return lo === null || lo === undefined || hi === null || hi === undefined ? "" : `${signed(lo)} to ${signed(hi)}`;
}

export function csv(rows: (string | number | null | undefined)[][]): string {
  const cell = (v: string | number | null | undefined) => {
    const text = v === null || v === undefined ? "" : String(v);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

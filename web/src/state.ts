/** What the page shows, as a link: everything is in the part of the address behind `#`. */

import type { Scenario, World } from "./api";

export type View = "build" | "hold" | "orbits" | "argument";
export const VIEWS: readonly (readonly [View, string])[] = [
  ["build", "Build"],
  ["hold", "Hold"],
  ["orbits", "Orbits"],
  ["argument", "Argument"],
];

export interface State {
  view: View;
  members: string[];
  club: "union" | "area" | "none";
  tariff: "leader" | "trade_weighted_mean" | "listed";
  leader: string;
  rate: number;
  cost: number;
  wto: "no" | "alone" | "joint";
  factor: number;
  conflict: "" | "bind" | "compensate" | "breach";
  measure: string;
  bands: number;
  given: Scenario | null;
  transfer: Record<string, number>;
  credibility: number | null;
  /** What rises upwards on the stability map, and where on it the reader stands; null where the figures stand. */
  up: "eu_offer" | "energy_rent";
  level: number | null;
  off: string[];
  sunk: Record<string, number>;
  rule: "others" | "unanimity";
  poles: string[];
  target: string;
}

export const START: State = {
  view: "build",
  members: [],
  club: "union",
  tariff: "leader",
  leader: "",
  rate: 10,
  cost: 0,
  wto: "no",
  factor: 44.6154,
  conflict: "",
  measure: "real_income_pct",
  bands: 100,
  given: null,
  transfer: {},
  credibility: null,
  up: "eu_offer",
  level: null,
  off: [],
  sunk: {},
  rule: "others",
  poles: ["RUS", "CHN", "EUN", "USA"],
  target: "",
};

const oneOf = <T extends string>(value: string | null, among: readonly T[], other: T): T =>
  among.includes(value as T) ? (value as T) : other;
const number = (value: string | null, lo: number, hi: number, other: number): number => {
  const found = value === null || value === "" ? NaN : Number(value);
  return Number.isFinite(found) ? Math.min(hi, Math.max(lo, found)) : other;
};
const codes = (value: string | null): string[] => [
  ...new Set((value ?? "").split(",").filter((c) => /^[A-Za-z0-9_-]{1,40}$/.test(c))),
];
const amounts = (value: string | null): Record<string, number> =>
  Object.fromEntries(
    (value ?? "")
      .split(",")
      .map((pair) => pair.split(":"))
      .filter(([code, x]) => code && Number(x) > 0)
      .map(([code, x]) => [code, Math.min(1000, Number(x))]),
  );

const packed = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function unpacked(text: string | null): Scenario | null {
  if (!text) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return found !== null && typeof found === "object" && !Array.isArray(found) ? (found as Scenario) : null;
  } catch {
    return null;
  }
}

/** Read a link; what cannot be used is left at its default. */
export function fromHash(hash: string): State {
  const [view, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const q = new URLSearchParams(query);
  const views = VIEWS.map(([key]) => key);
  return {
    view: oneOf(view, views, "build"),
    members: codes(q.get("m")),
    club: oneOf(q.get("club"), ["union", "area", "none"], START.club),
    tariff: oneOf(q.get("tariff"), ["leader", "trade_weighted_mean", "listed"], START.tariff),
    leader: codes(q.get("leader"))[0] ?? "",
    rate: number(q.get("rate"), 0, 100, START.rate),
    cost: number(q.get("cost"), 0, 30, START.cost),
    wto: oneOf(q.get("wto"), ["no", "alone", "joint"], START.wto),
    factor: number(q.get("factor"), 0, 100, START.factor),
    conflict: oneOf(q.get("conflict"), ["", "bind", "compensate", "breach"], ""),
    measure: /^[a-z_]{1,40}$/.test(q.get("show") ?? "") ? q.get("show")! : START.measure,
    bands: number(q.get("draws"), 0, 1000, START.bands),
    given: unpacked(q.get("q")),
    transfer: amounts(q.get("pay")),
    credibility: q.has("trust") ? number(q.get("trust"), 0, 1, 0.5) : null,
    up: oneOf(q.get("up"), ["eu_offer", "energy_rent"], "eu_offer"),
    level: q.has("level") ? number(q.get("level"), 0, 1000, 1) : null,
    off: codes(q.get("off")),
    sunk: amounts(q.get("sunk")),
    rule: oneOf(q.get("rule"), ["others", "unanimity"], "others"),
    poles: q.has("poles") ? codes(q.get("poles")).slice(0, 6) : START.poles,
    target: codes(q.get("on"))[0] ?? "",
  };
}

const pairs = (given: Record<string, number>): string =>
  Object.entries(given)
    .filter(([, x]) => x > 0)
    .map(([code, x]) => `${code}:${x}`)
    .join(",");

/** Write a link that holds only what differs from the start. */
export function toHash(s: State): string {
  const q = new URLSearchParams();
  const put = (key: string, value: string, other = "") => value !== other && q.set(key, value);
  if (s.given) q.set("q", packed(s.given));
  put("m", s.members.join(","));
  put("club", s.club, START.club);
  put("tariff", s.tariff, START.tariff);
  put("leader", s.leader);
  put("rate", String(s.rate), String(START.rate));
  put("cost", String(s.cost), String(START.cost));
  put("wto", s.wto, START.wto);
  put("factor", String(s.factor), String(START.factor));
  put("conflict", s.conflict);
  put("show", s.measure, START.measure);
  put("draws", String(s.bands), String(START.bands));
  put("pay", pairs(s.transfer));
  if (s.credibility !== null) q.set("trust", String(s.credibility));
  put("up", s.up, START.up);
  if (s.level !== null) q.set("level", String(s.level));
  put("off", s.off.join(","));
  put("sunk", pairs(s.sunk));
  put("rule", s.rule, "others");
  put("poles", s.poles.join(","), START.poles.join(","));
  put("on", s.target);
  const query = q.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return `#${s.view}${query ? `?${query}` : ""}`;
}

export const nameOf = (w: World, code: string): string => w.economies.find((e) => e.code === code)?.name ?? code;

export function listed(names: string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** The member whose tariff a union takes unless another is chosen: the largest. */
export function leaderOf(w: World, s: State): string {
  if (s.members.includes(s.leader)) return s.leader;
  const size = (code: string) => w.economies.find((e) => e.code === code)?.income_usd_bn ?? 0;
  return [...s.members].sort((a, b) => size(b) - size(a))[0] ?? "";
}

/** The scenario that the page asks about; null while there is nothing to ask. */
export function scenarioOf(w: World, s: State): Scenario | null {
  if (s.given) return s.given;
  const alone = s.club === "none";
  if (s.members.length < (alone ? 1 : 2) || (alone && s.wto === "no")) return null;
  const shocks: Scenario[] = [];
  const cost = s.cost > 0 ? { non_tariff_cost: -round(s.cost / 100) } : {};
  const leader = leaderOf(w, s);
  if (s.club === "union") {
    const tariff: Scenario = { rule: s.tariff };
    if (s.tariff === "listed")
      tariff.rates = Object.fromEntries(
        w.sectors.filter((x) => x.tariffed).map((x) => [x.code, round(s.rate / 100)]),
      );
    shocks.push({
      kind: "customs_union",
      members: s.members,
      ...(s.tariff === "leader" ? { leader } : {}),
      external_tariff: tariff,
      ...cost,
    });
  } else if (s.club === "area") shocks.push({ kind: "free_trade_area", members: s.members, ...cost });
  if (s.wto !== "no")
    shocks.push({
      kind: "wto_accession",
      economies: s.members,
      ...(s.wto === "joint" ? { joint: true } : {}),
      factor: round(s.factor / 100),
      note: "factor 0.446154 is 5.8 / 13.0, Russia's commitments in Shepotylo & Tarr (2012); any other is the user's",
    });
  return {
    schema: 1,
    kind: "scenario",
    id: "from-the-page",
    title: titleOf(w, s, leader),
    ...(s.conflict ? { resolutions: { WTO: s.conflict } } : {}),
    shocks,
  };
}

const round = (x: number): number => Number(x.toFixed(6));

function titleOf(w: World, s: State, leader: string): string {
  const names = listed(s.members.map((c) => nameOf(w, c)));
  const short = names.length > 150 ? `${s.members.length} economies` : names;
  const terms = {
    leader: ` at the tariff of ${nameOf(w, leader)}`,
    trade_weighted_mean: " at the members' mean tariff",
    listed: ` at a tariff of ${s.rate}%`,
  }[s.tariff];
  const club = { union: `Customs union of ${short}${terms}`, area: `Free-trade area of ${short}`, none: short }[s.club];
  const cost = s.club !== "none" && s.cost > 0 ? `, trade inside ${s.cost}% cheaper` : "";
  const joins = s.wto === "no" ? "" : s.wto === "joint" ? ", joint WTO accession" : ", WTO accession one by one";
  return `${club}${cost}${joins}`.slice(0, 290);
}

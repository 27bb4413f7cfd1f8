/** What the page shows and asks about. */

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
  /** Which claims are shown: a verdict or a theme, or `all`. */
  verdict: string;
  theme: string;
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
  verdict: "all",
  theme: "all",
};

export const nameOf = (w: World, code: string): string => w.economies.find((e) => e.code === code)?.name ?? code;

/** Words of the server, with names in place of the codes of economies. */
export const named = (w: World, text: string): string => text.replace(/\b[A-Z]{3}\b/g, (code) => nameOf(w, code));

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

/** What the server says of a bloc, the words for its parts, and the command that says the same. */

import type { State } from "./state";

export interface Band {
  value: number | null;
  median?: number | null;
  lo: number | null;
  hi: number | null;
  reason?: string;
}
export interface Member {
  payoff_pct: Record<string, Band>;
  slack_full_pct: Band;
  slack_full_usd_bn: Band;
  slack_organic_pct: Band;
  best_exit: Record<string, number>;
  pivot_usd_bn: Band;
  demand_usd_bn: Band;
  hold_up: { before: Band; after: Band; rent_usd_bn: Band };
  hub_leverage_pct: Band;
}
export interface Link {
  names: Record<string, string>;
  probability: Record<string, Record<string, number>>;
  /** An earlier set that counts exactly the same for this bloc. */
  same_as: string | null;
}
export interface Concept {
  meaning: string;
  holds: boolean | null;
  probability: number | null;
}
export interface Holding {
  members: string[];
  hub: string;
  draws: number;
  failed_draws: number;
  components: Record<string, string>;
  missing: Record<string, Record<string, string>>;
  weak_link_by_set: Record<string, Link>;
  min_transfer_usd_bn: Band;
  price_paid_usd_bn: Band;
  self_financing: boolean;
  self_financing_probability: number;
  /** Of the hub, most likely or as asked; null where nothing hangs on it. */
  credibility: number | null;
  verdict: string;
  internally_stable_probability: number;
  by_member: Record<string, Member>;
  stability: Record<string, Concept>;
}

export const DRAWS = 100;
export const SEED = 2009;
export const SETS: Record<string, string> = {
  central: "everything counts",
  no_energy: "no energy rent",
  organic: "no energy rent, no transit",
  eu_offer: "the EU associates its eastern partners",
};
/** What makes a member the weak link: its name, and what it is. */
export const MEANINGS: Record<string, readonly [string, string]> = {
  least_attached: ["least attached", "has the smallest slack over its best exit"],
  likeliest_to_reopen: ["likeliest to reopen", "would most likely ask for other terms; the smaller its slack for its GDP, the likelier"],
  dearest_to_lose: ["dearest to lose", "chance that it goes times what the others lose then, or else what it could extort once they are committed"],
};
export const EXITS: Record<string, string> = { alone: "standing alone", wto: "the WTO on its own", eu: "the European Union" };
export const CONCEPTS: Record<string, string> = {
  internal: "Nobody gains by leaving alone",
  nash_open: "Nash, open to all",
  nash_unanimous: "Nash, entry by unanimity",
  coalition_proof: "Coalition-proof",
  core: "Core (with transfers)",
  largest_consistent_set: "Farsighted (consistent set)",
};

/** The command that gives the same numbers. */
export function commandOf(f: Holding, s: State, world: string): string {
  const inside = (given: Record<string, number>) => Object.entries(given).filter(([c, x]) => x > 0 && f.members.includes(c));
  return [
    `multipolar bloc ${f.members.join(",")}`,
    ...(world === "world-2009" ? [] : [`--world ${world}`]),
    ...(f.draws === DRAWS ? [] : [`--draws ${f.draws}`]),
    ...(s.rule === "others" ? [] : [`--rule ${s.rule}`]),
    ...(s.conflict ? [`--wto ${s.conflict}`] : []),
    ...s.off.map((part) => `--off ${part}`),
    ...inside(s.transfer).map(([c, x]) => `--transfer ${c}=${x}`),
    ...inside(s.sunk).map(([c, x]) => `--sunk-cost ${c}=0:${x}`),
    ...(s.credibility === null ? [] : [`--credibility ${s.credibility}`]),
  ].join(" ");
}

/** The link: what the page shows stands in the part of the address behind `#`. What of it is not understood is said. */

import type { Scenario, World } from "./api";
import { NEAR, VERDICTS } from "./claims";
import { MEASURES } from "./scale";
import { leaderOf, listed, nameOf, START, VIEWS, type State } from "./state";

type Words<T extends string> = readonly (readonly [T, string])[];

const CLUBS: Words<State["club"]> = [["union", "a customs union"], ["area", "free trade"], ["none", "no club"]];
const TARIFFS: Words<State["tariff"]> = [["leader", "a member's tariff"], ["trade_weighted_mean", "the members' mean tariff"], ["listed", "a rate"]];
const ACCESSIONS: Words<State["wto"]> = [["no", "no accession to the WTO"], ["alone", "accession one by one"], ["joint", "joint accession"]];
const CONFLICTS: Words<State["conflict"]> = [["", "no way out of a conflict"], ["bind", "the cap"], ["compensate", "compensation"], ["breach", "a breach"]];
const UPWARDS: Words<State["up"]> = [["eu_offer", "the EU's offer"], ["energy_rent", "the hub's rent"]];
const RULES: Words<State["rule"]> = [["others", "the others going on"], ["unanimity", "the end of the bloc"]];
const SHOWN: Words<string> = [["all", "every claim"], ...VERDICTS, ["near", NEAR]];

const percent = (v: number): string => `${v}%`;
const plain = (v: number): string => String(v);
const MOST_USD_BN = 1000;

const quoted = (text: string): string => `“${text.length > 30 ? `${text.slice(0, 29)}…` : text}”`;

function unpacked(text: string): Scenario | null {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return found !== null && typeof found === "object" && !Array.isArray(found) ? (found as Scenario) : null;
  } catch {
    return null;
  }
}

/** Reads the parts of a link, and keeps a sentence for each that cannot be used: what it was, and what is shown instead. */
class Reader {
  readonly wrong: string[] = [];
  private readonly read = new Set<string>();

  constructor(
    private readonly q: URLSearchParams,
    private readonly world: World,
  ) {}

  text(key: string): string | null {
    this.read.add(key);
    return this.q.get(key);
  }

  has(key: string): boolean {
    return this.q.has(key);
  }

  oneOf<T extends string>(key: string, what: string, words: Words<T>, other: T): T {
    const given = this.text(key);
    const known = words.find(([k]) => k === given);
    if (given !== null && !known) this.wrong.push(`${what} ${quoted(given)} is unknown: ${words.find(([k]) => k === other)![1]} is shown.`);
    return known ? known[0] : other;
  }

  number<T extends number | null>(key: string, what: string, lo: number, hi: number, other: T, show = plain): number | T {
    const given = this.text(key);
    if (given === null) return other;
    const found = given.trim() === "" ? NaN : Number(given);
    if (!Number.isFinite(found)) {
      this.wrong.push(`${what} ${quoted(given)} is no number: ${other === null ? "its own value" : show(other)} is shown.`);
      return other;
    }
    const kept = Math.min(hi, Math.max(lo, found));
    if (kept !== found) this.wrong.push(`${what} ${quoted(given)} is ${found > hi ? `more than ${show(hi)}` : `less than ${show(lo)}`}: ${show(kept)} is shown.`);
    return kept;
  }

  /** Economies of this world; one that is part of another is named. */
  codes(key: string, what: string): string[] {
    const found = new Set<string>();
    for (const given of (this.text(key) ?? "").split(",").map((c) => c.trim()).filter(Boolean)) {
      const known = [given, given.toUpperCase()].find((c) => this.world.economies.some((e) => e.code === c));
      const home = this.world.countries.find((c) => c.iso3 === given.toUpperCase())?.economy;
      if (known) found.add(known);
      else this.wrong.push(`${what} ${quoted(given)} is ${home ? `part of ${nameOf(this.world, home)} (${home}) in this world` : "no economy of this world"}: it is left out.`);
    }
    return [...found];
  }

  /** USD billion a year by member. */
  amounts(key: string, what: string, members: readonly string[]): Record<string, number> {
    const found: Record<string, number> = {};
    for (const pair of (this.text(key) ?? "").split(",").filter(Boolean)) {
      const [code, amount = ""] = pair.split(":");
      const x = amount.trim() === "" ? NaN : Number(amount);
      if (!members.includes(code)) this.wrong.push(`${what} ${quoted(pair)} names no member: it is left out.`);
      else if (!(x >= 0)) this.wrong.push(`${what} ${quoted(pair)} is no amount: it is left out.`);
      else if (x > MOST_USD_BN) this.wrong.push(`${what} ${quoted(pair)} is more than ${MOST_USD_BN} USD bn: ${MOST_USD_BN} is shown.`);
      if (members.includes(code) && x > 0) found[code] = Math.min(MOST_USD_BN, x);
    }
    return found;
  }

  /** Say what nobody asked for. */
  rest(): void {
    const keys = [...this.q.keys()];
    for (const key of new Set(keys)) {
      if (!this.read.has(key)) this.wrong.push(`${quoted(key)} means nothing in an address of this page: it is left out.`);
      else if (keys.filter((k) => k === key).length > 1) this.wrong.push(`${quoted(key)} stands twice: the first is shown.`);
    }
  }
}

/** Read a link; `wrong` holds a sentence for each part that could not be used as it stood. */
export function readLink(hash: string, world: World): { state: State; wrong: string[] } {
  const [view, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const r = new Reader(new URLSearchParams(query), world);
  const known = VIEWS.find(([key]) => key === view);
  if (view && !known) r.wrong.push(`There is no view ${quoted(view)}: Build is shown.`);
  const members = r.codes("m", "Member");
  const measures = MEASURES.map((m) => [m.key, `${m.label}, ${m.unit}`] as const);
  const state: State = {
    view: known?.[0] ?? "build",
    members,
    club: r.oneOf("club", "Club", CLUBS, START.club),
    tariff: r.oneOf("tariff", "Tariff", TARIFFS, START.tariff),
    leader: r.text("leader") ?? "",
    rate: r.number("rate", "Tariff rate", 0, 100, START.rate, percent),
    cost: r.number("cost", "Cheaper trade inside", 0, 30, START.cost, percent),
    wto: r.oneOf("wto", "Accession to the WTO", ACCESSIONS, START.wto),
    factor: r.number("factor", "Tariff that is left", 0, 100, START.factor, percent),
    conflict: r.oneOf("conflict", "Way out of a conflict", CONFLICTS, START.conflict),
    measure: r.oneOf("show", "Measure", measures, START.measure),
    bands: draws(r, world),
    given: null,
    transfer: r.amounts("pay", "Transfer", members),
    credibility: r.number("trust", "Credibility", 0, 1, START.credibility),
    up: r.oneOf("up", "Axis", UPWARDS, START.up),
    level: r.number("level", "Place on the map", 0, MOST_USD_BN, START.level),
    off: (r.text("off") ?? "").split(",").filter(Boolean),
    sunk: r.amounts("sunk", "Sunk cost", members),
    rule: r.oneOf("rule", "Rule on leaving", RULES, START.rule),
    poles: r.has("poles") ? r.codes("poles", "Pole") : START.poles,
    target: r.codes("on", "Economy")[0] ?? "",
    verdict: r.oneOf("verdict", "Verdict", SHOWN, START.verdict),
    theme: r.text("theme") ?? START.theme,
  };
  const packed = r.text("q");
  if (packed !== null) {
    state.given = unpacked(packed);
    if (!state.given) r.wrong.push("The scenario in the address cannot be read (cut short, perhaps): it is left out.");
  }
  if (state.poles.length > world.limits.poles) {
    r.wrong.push(`At most ${world.limits.poles} poles are compared: ${listed(state.poles.slice(world.limits.poles).map((c) => nameOf(world, c)))} left out.`);
    state.poles = state.poles.slice(0, world.limits.poles);
  }
  if (state.leader && !members.includes(state.leader)) {
    const given = state.leader;
    state.leader = "";
    const other = leaderOf(world, state);
    r.wrong.push(`${quoted(given)} is not a member, so its tariff cannot be taken: ${other ? `that of ${nameOf(world, other)} is shown` : "it is left out"}.`);
  }
  r.rest();
  return { state, wrong: r.wrong };
}

function draws(r: Reader, world: World): number {
  const found = r.number("draws", "Number of draws", 0, world.limits.draws, START.bands);
  const kept = found < 1.5 && found > 0 ? 0 : Math.round(found);
  if (kept !== found) r.wrong.push(`Draws are whole, two or more, or none: ${kept} instead of ${found}.`);
  return kept;
}

const packed = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Write a link that holds only what differs from the start, and nothing that reading it would refuse. */
export function toHash(s: State): string {
  const q = new URLSearchParams();
  const put = (key: string, value: string, other = "") => value !== other && q.set(key, value);
  const pairs = (given: Record<string, number>): string =>
    Object.entries(given)
      .filter(([code, x]) => x > 0 && s.members.includes(code))
      .map(([code, x]) => `${code}:${x}`)
      .join(",");
  if (s.given) q.set("q", packed(s.given));
  put("m", s.members.join(","));
  put("club", s.club, START.club);
  put("tariff", s.tariff, START.tariff);
  put("leader", s.members.includes(s.leader) ? s.leader : "");
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
  put("rule", s.rule, START.rule);
  put("poles", s.poles.join(","), START.poles.join(","));
  put("on", s.target);
  put("verdict", s.verdict, START.verdict);
  put("theme", s.theme, START.theme);
  const query = q.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return `#${s.view}${query ? `?${query}` : ""}`;
}

/** Two commitments that contradict each other: what they are, and the ways out of it, as buttons. */

import * as api from "./api";
import type { World } from "./api";
import { el } from "./dom";
import { named, type State } from "./state";

/** Ways out of a common tariff above what a member promised in the World Trade Organization. */
export const WAYS: readonly (readonly [Exclude<State["conflict"], "">, string])[] = [
  ["bind", "Cap the common tariff at the binding"],
  ["compensate", "Apply it, and compensate"],
  ["breach", "Apply it, and pay nothing"],
];

/** What stands in place of results that cannot be computed; `chosen` is null where the page may not choose a way out. */
export function problemCard(world: World, error: unknown, chosen: ((way: State["conflict"]) => void) | null): HTMLElement {
  const problem = error instanceof api.Problem ? error : null;
  const conflict = problem?.kind === "urn:multipolar:conflict";
  const offered = conflict && chosen !== null && problem.what.includes("WTO");
  const text = offered ? `${named(world, problem.what)}.` : error instanceof Error ? error.message : String(error);
  return el(
    "div",
    { className: "card problem", role: "alert" },
    el("h2", {}, conflict ? "Two commitments contradict each other" : "This cannot be computed"),
    el("p", {}, text[0].toUpperCase() + text.slice(1)),
    offered && el("p", { className: "examples" }, ...WAYS.map(([way, words]) => el("button", { type: "button", onclick: () => chosen(way) }, words))),
  );
}

/** The results of a study on the map and in bars: any scenario, any measure, any economy. */

import type { Topology } from "topojson-specification";
import { bars, waterfall, type Bar, type Subject } from "../bars";
import { choice, el, replace } from "../dom";
import { keysOf, legend } from "../legend";
import { worldMap, type Places, type WorldMap } from "../map";
import { bandWords, withBand } from "../saving";
import { MEASURES, measureOf, measureWords, range, shade, signed, type Measure } from "../scale";

/** Most likely value and ends of the band. */
type Numbers = readonly [number | null, number | null, number | null];

export interface Study {
  title: string;
  version: string;
  world: string;
  draws: number;
  seed: number;
  economies: { code: string; name: string }[];
  countries: Places["countries"];
  focus: string[];
  causes: { key: string; name: string; meaning: string }[];
  scenarios: {
    id: string;
    title: string;
    members: string[];
    economies: Record<string, Record<string, Numbers>>;
    causes: Record<string, Record<string, number>>;
  }[];
}

const SHOWN = 10;

export function studyView(study: Study, topology: Topology | null, root: HTMLElement): void {
  let scenario = study.scenarios[0];
  let measure: Measure = MEASURES[0];
  let chosen = "";
  let every = false;
  const name = (code: string) => study.economies.find((e) => e.code === code)?.name ?? code;
  const numbers = (code: string, s = scenario): Numbers => s.economies[code]?.[measure.key] ?? [null, null, null];
  const from = study.draws > 1 ? `${study.draws} draws, seed ${study.seed}, world ${study.world}` : `most likely figures, world ${study.world}`;
  const source = `Source: multipolar ${study.version}, world ${study.world}, study “${study.title}”`;
  const band = study.draws > 1 ? ` Whiskers: ${bandWords(study.draws, study.seed)}.` : "";
  const title = () => `${scenario.title}: ${measure.label.toLowerCase()}, ${measure.unit}`;
  const table = () => ({
    name: `${scenario.id} ${measure.key}`,
    head: ["code", "economy", ...withBand(measure.column)],
    rows: study.economies.map((e) => [e.code, e.name, ...numbers(e.code)]),
  });

  const map: WorldMap | null =
    topology &&
    worldMap(study, {
      label: "World map of the results: pick an economy to see it in every scenario",
      picked: pick,
      toggles: false,
      shapes: () => Promise.resolve(topology),
      saved: () => ({
        title: scenario.title,
        measure: `${measureWords(measure)}, most likely values`,
        keys: keysOf(measure),
        unit: measure.unit,
        source,
        table: table(),
      }),
    });
  const shades = el("div", { className: "legendbox" });
  const results = el("section", { className: "results", "aria-label": "Numbers", "aria-live": "polite" });
  const known = MEASURES.filter((m) => study.scenarios.some((s) => Object.values(s.economies).some((row) => m.key in row)));

  const scenarios = el(
    "select",
    { "aria-label": "Scenario", id: "scenario", onchange: () => {
      scenario = study.scenarios[Number(scenarios.value)];
      render();
    } },
    ...study.scenarios.map((s, i) => el("option", { value: i }, s.title)),
  );
  const measures = el(
    "select",
    { "aria-label": "Measure", id: "measure", onchange: () => {
      measure = measureOf(measures.value);
      render();
    } },
    ...known.map((m) => el("option", { value: m.key }, `${m.label}, ${m.unit}`)),
  );
  const economies = el(
    "select",
    { "aria-label": "Economy", id: "economy", onchange: () => pick(economies.value) },
    el("option", { value: "" }, "Pick an economy, here or on the map …"),
    ...[...study.economies].sort((a, b) => a.name.localeCompare(b.name)).map((e) => el("option", { value: e.code }, e.name)),
  );

  function pick(code: string): void {
    chosen = chosen === code ? "" : code;
    economies.value = chosen;
    render();
  }

  function render(): void {
    const near = (code: string) => scenario.members.includes(code) || code === chosen;
    map?.paint({
      shade: (code) => shade(numbers(code)[0], measure.steps),
      marked: near,
      about: (code) => {
        const [value, lo, hi] = numbers(code);
        const band = range(lo, hi);
        return `${name(code)}: ${measure.label.toLowerCase()} ${signed(value)} ${measure.unit}\n${band ? `nine draws in ten: ${band}\n` : ""}${from}`;
      },
    });
    replace(shades, legend(measure));
    replace(results, barCard(), el("div", { className: "column" }, chosen ? economyCard() : null, causeCard()));
  }

  const bar = (text: string, code: string | undefined, [value, lo, hi]: Numbers, strong: boolean): Bar => ({
    name: text, code, value, lo, hi, strong, shade: shade(value, measure.steps), about: `${measure.about}; ${from}`,
  });

  const subject = (of: string, caption: string): Subject => ({
    of, caption, unit: measure.unit, measure: measureWords(measure), column: measure.column, notes: [`Bars: most likely values.${band}`], source,
  });

  function barCard(): HTMLElement {
    const first = [...new Set([...study.focus, ...scenario.members])].filter((c) => c in scenario.economies);
    const others = study.economies
      .map((e) => e.code)
      .filter((c) => !first.includes(c))
      .sort((a, b) => Math.abs(numbers(b)[0] ?? 0) - Math.abs(numbers(a)[0] ?? 0));
    return el(
      "div",
      { className: "card" },
      bars([...first, ...others.slice(0, every ? undefined : SHOWN)].map((c) => bar(name(c), c, numbers(c), scenario.members.includes(c))), subject("Economy", title()), pick),
      others.length > SHOWN &&
        el("button", { type: "button", className: "small", onclick: () => {
          every = !every;
          render();
        } }, every ? "Only those that move most" : `All ${study.economies.length} economies`),
    );
  }

  function economyCard(): HTMLElement {
    return el(
      "div",
      { className: "card" },
      bars(study.scenarios.map((s) => bar(s.title, s.id, numbers(chosen, s), s === scenario)), subject("Scenario", `${name(chosen)}, scenario by scenario: ${measure.label.toLowerCase()}`)),
    );
  }

  function causeCard(): HTMLElement | null {
    const told = Object.keys(scenario.causes);
    if (told.length === 0) return null;
    const code = told.includes(chosen) ? chosen : told[0];
    const parts = scenario.causes[code];
    const shown = study.causes.filter(({ key }) => Math.abs(parts[key] ?? 0) >= 0.0005);
    return el(
      "div",
      { className: "card" },
      told.length > 1 && choice("What it comes from", told.map((c) => [c, name(c)] as const), code, (c) => {
        chosen = c;
        economies.value = c;
        render();
      }),
      waterfall(
        [...shown.map(({ key, name: text, meaning }) => ({ name: text, value: parts[key], about: meaning })), { name: "together", value: parts.total_pct, about: "change of real income", total: true }],
        {
          of: "Part",
          caption: `${name(code)}: real income by cause`,
          title: `${scenario.title}: real income of ${name(code)} by cause`,
          unit: "%",
          measure: "Percent of baseline income, at the most likely figures",
          column: "real_income_change_percent",
          notes: ["Parts below 0.0005 are left out."],
          source,
        },
      ),
    );
  }

  root.className = "view explore";
  replace(
    root,
    el("div", { className: "card pickers" }, ...([["Scenario", scenarios], ["Measure", measures], ["Economy", economies]] as const).map(([text, node]) => el("label", {}, el("span", {}, text), node))),
    el("section", { className: "stage" }, map?.node, shades),
    results,
  );
  render();
}

/** View Build: click economies together, choose terms, see who gains and who pays. */

import * as api from "./api";
import type { Answer, Bands, Progress, Scenario } from "./api";
import { bars, type Bar } from "./bars";
import { problemCard } from "./conflict";
import { choice, download, el, inOrder, keepingFocus, replace, slider, table, working } from "./dom";
import { keysOf, legend } from "./legend";
import { worldMap, type WorldMap } from "./map";
import { shapes } from "./shapes";
import { bandWords, withBand } from "./saving";
import { MEASURES, measureOf, measureWords, range, shade, signed } from "./scale";
import { leaderOf, listed, nameOf, scenarioOf, START, type State } from "./state";
import { sourceOf, type Page } from "./page";

const EXAMPLES: readonly (readonly [string, Partial<State>])[] = [
  ["The union of 2009", { members: ["RUS", "KAZ", "BLR"], leader: "RUS" }],
  ["… with cheaper borders", { members: ["RUS", "KAZ", "BLR"], leader: "RUS", cost: 5 }],
  ["… then the WTO, jointly", { members: ["RUS", "KAZ", "BLR"], leader: "RUS", wto: "joint" }],
  ["Lisbon to Vladivostok", { members: ["EUN", "RUS", "UKR", "BLR", "KAZ"], club: "area", cost: 3 }],
];
const SHOWN = 8;
/** Milliseconds without a change after which bands are drawn. */
const QUIET = 700;

export function buildView(page: Page, root: HTMLElement): () => void {
  const { world } = page;
  const latest = new api.Latest();
  const drawing = new api.Latest();
  let answer: Answer | null = null;
  let bands: Bands | null = null;
  let every = false;
  let timer = 0;
  let asked = "";

  const controls = el("section", { className: "controls", "aria-label": "The bloc and its terms" });
  const map: WorldMap = worldMap(world, {
    label: "World map: pick economies to form a bloc",
    picked: toggle,
    toggles: true,
    shapes,
    saved: () => {
      const m = measureOf(page.state.measure);
      const title = answer?.title ?? "Economies of the world";
      return {
        title,
        measure: answer ? `${measureWords(m)}, most likely values` : "",
        keys: answer ? keysOf(m) : [],
        notes: [[inBloc().length > 0 && "Outlined: in the bloc.", !answer && "Grey: nothing is asked yet, so no economy has a number."].filter(Boolean).join(" ")],
        unit: m.unit,
        source: sourceOf(world),
        table: {
          name: `${title} ${m.label} all economies`,
          head: ["code", "economy", ...withBand(m.column)],
          rows: world.economies.map((e) => [e.code, e.name, value(e.code, m.key), band(e.code, m.key)?.lo, band(e.code, m.key)?.hi]),
        },
      };
    },
  });
  // The list stays open, and where it was scrolled to, while the card around it is laid anew.
  const everyone = el("ul", { className: "all" });
  const listing = el("details", {}, el("summary", {}, `All ${world.economies.length} economies`), everyone);
  const shades = el("div", { className: "legendbox" });
  const results = el("section", { className: "results", "aria-label": "What it does", "aria-busy": "false" });
  const note = el("div", { className: "note", "aria-live": "polite" });
  const stage = el("section", { className: "stage", "aria-label": "Map" }, map.node, shades);
  inOrder(root, [controls, stage, results], [stage, controls, results]);
  root.className = "view build";

  function toggle(code: string): void {
    const s = page.state;
    if (s.given) return;
    const members = s.members.includes(code) ? s.members.filter((c) => c !== code) : [...s.members, code];
    page.set({ members });
    layControls();
  }

  function change(part: Partial<State>, lay = false): void {
    page.set(part);
    if (lay) layControls();
  }

  // -- controls -----------------------------------------------------------------------------------------------------

  function layControls(): void {
    const s = page.state;
    const { scrollTop } = everyone;
    keepingFocus(controls, () => replace(controls, s.given ? givenCard(s.given) : memberCard(s), s.given ? null : termsCard(s), filesCard()));
    everyone.scrollTop = scrollTop;
  }

  function memberCard(s: State): HTMLElement {
    replace(everyone, ...world.economies.map((e) => everyoneRow(s, e)));
    const rest = world.economies.filter((e) => !s.members.includes(e.code));
    const list = el("datalist", { id: "economies" }, ...rest.flatMap((e) => [el("option", { value: e.name })]));
    const known = new Map<string, string>();
    for (const e of world.economies) for (const name of [e.code, e.name]) known.set(name.toLowerCase(), e.code);
    for (const c of world.countries) if (c.economy) for (const n of [c.iso3, c.name]) if (!known.has(n.toLowerCase())) known.set(n.toLowerCase(), c.economy);
    const wrong = el("p", { className: "hint", "aria-live": "polite" });
    const input = el("input", {
      type: "search",
      list: "economies",
      placeholder: "Add a country …",
      "aria-label": "Add an economy by name",
      "data-key": "search",
      autocomplete: "off",
      onchange: () => {
        const text = input.value.trim().toLowerCase();
        if (!text) return;
        const code = known.get(text) ?? [...known].find(([name]) => name.startsWith(text))?.[1];
        if (!code) wrong.textContent = "No such economy in this world; try another spelling, or the list below.";
        else if (s.members.includes(code)) wrong.textContent = `${nameOf(world, code)} is in already.`;
        else toggle(code);
      },
    });
    return el(
      "div",
      { className: "card" },
      el("h2", {}, "Who is in?"),
      input,
      list,
      wrong,
      listing,
      el(
        "p",
        { className: "examples" },
        ...EXAMPLES.map(([text, part]) =>
          el("button", { type: "button", className: "small", onclick: () => change({ ...START, view: "build", measure: s.measure, ...part }, true) }, text),
        ),
      ),
      // Last in the card: as the list grows, nothing above it moves from under the pointer.
      s.members.length === 0
        ? el("p", { className: "hint" }, "Click economies on the map, search, or start from an example.")
        : el("ul", { className: "chips", "aria-label": "Members" }, ...s.members.map(chip)),
    );
  }

  const everyoneRow = (s: State, e: { code: string; name: string }) =>
    el("li", {}, el("label", {}, el("input", { type: "checkbox", checked: s.members.includes(e.code), "data-key": `all-${e.code}`, onchange: () => toggle(e.code) }), ` ${e.name}`));

  function chip(code: string): HTMLElement {
    // The second click of a double click would remove the member that moved up.
    const remove = (event: MouseEvent) => event.detail < 2 && toggle(code);
    return el(
      "li",
      {},
      el("button", { type: "button", "data-key": code, "aria-label": `Remove ${nameOf(world, code)}`, onclick: remove }, nameOf(world, code), el("span", { "aria-hidden": "true" }, " ×")),
    );
  }

  function termsCard(s: State): HTMLElement {
    const names = (code: string) => nameOf(world, code);
    const leader = el(
      "select",
      { "aria-label": "Whose tariff", "data-key": "leader", onchange: () => change({ leader: leader.value }, true) },
      ...s.members.map((c) => el("option", { value: c, selected: c === leaderOf(world, s) }, `Tariff of ${names(c)}`)),
    );
    return el(
      "div",
      { className: "card" },
      el("h2", {}, "On what terms?"),
      choice("Club", [["union", "Customs union"], ["area", "Free trade"], ["none", "No club"]], s.club, (club) =>
        change({ club, wto: club === "none" && s.wto === "no" ? "alone" : s.wto }, true),
      ),
      s.club === "union" &&
        choice(
          "Tariff on outsiders",
          [["leader", "A member's"], ["trade_weighted_mean", "Their mean"], ["listed", "A rate"]],
          s.tariff,
          (tariff) => change({ tariff }, true),
        ),
      s.club === "union" && s.tariff === "leader" && s.members.length > 1 && leader,
      s.club === "union" && s.tariff === "listed" &&
        slider("Rate on goods and energy", { min: 0, max: Math.max(50, s.rate), step: 0.5, value: s.rate, show: (v) => `${v}%` }, (rate) => change({ rate })),
      s.club !== "none" &&
        slider(
          "Trade inside cheaper by",
          { min: 0, max: Math.max(15, s.cost), step: 0.5, value: s.cost, show: (v) => `${v}%`, id: "cost" },
          (cost) => change({ cost }),
        ),
      choice("WTO accession", [["no", "None"], ["alone", "Each alone"], ["joint", "Jointly"]], s.wto, (wto) => change({ wto }, true)),
      s.wto !== "no" &&
        slider("Tariff that is left", { min: 0, max: 100, step: 1, value: s.factor, show: (v) => `${Math.round(v)}%` }, (factor) => change({ factor })),
      s.wto !== "no" && el("p", { className: "hint" }, "45% is what Russia's commitments left of its tariff (Shepotylo & Tarr 2012)."),
    );
  }

  function givenCard(given: Scenario): HTMLElement {
    return el(
      "div",
      { className: "card" },
      el("h2", {}, String(given.title ?? given.id ?? "A scenario of yours")),
      el("p", {}, "From a file or the library; its terms are in the file."),
      el("button", { type: "button", onclick: () => change({ given: null }, true) }, "Back to building"),
    );
  }

  function filesCard(): HTMLElement {
    const said = el("p", { className: "hint", "aria-live": "polite" });
    const told = (error: unknown) => (said.textContent = error instanceof Error ? error.message : String(error));
    const file = el("input", {
      type: "file",
      accept: ".yaml,.yml",
      className: "unseen",
      id: "upload",
      tabIndex: -1,
      "aria-label": "A scenario file",
      onchange: async () => {
        const chosen = file.files?.[0];
        if (!chosen) return;
        try {
          change({ given: (await api.readYaml(await chosen.text())).scenario }, true);
        } catch (error) {
          told(error);
        }
        file.value = "";
      },
    });
    const library = el(
      "select",
      {
        "aria-label": "A scenario of the library",
        onchange: async () => {
          try {
            if (library.value) change({ given: await api.scenario(library.value) }, true);
          } catch (error) {
            told(error);
          }
        },
      },
      el("option", { value: "" }, "Library …"),
    );
    page.scenarios.then(
      (rows) => rows.forEach((r) => library.append(el("option", { value: r.scenario }, r.title))),
      () => undefined,
    );
    const save = async () => {
      const scenario = scenarioOf(world, page.state);
      if (!scenario) return void (said.textContent = "Pick members first: there is nothing to save yet.");
      try {
        download(`${scenario.id}.yaml`, await api.yaml(scenario), "text/yaml");
        said.textContent = `Saved. multipolar solve ${scenario.id}.yaml gives the same numbers.`;
      } catch (error) {
        told(error);
      }
    };
    return el(
      "div",
      { className: "card files" },
      el("h2", {}, "Keep it"),
      el(
        "p",
        { className: "examples" },
        el("button", { type: "button", onclick: save, id: "yaml" }, "Download YAML"),
        el("button", { type: "button", onclick: () => file.click() }, "Open YAML"),
        library,
      ),
      file,
      said,
    );
  }

  // -- asking -------------------------------------------------------------------------------------------------------

  async function update(): Promise<void> {
    const scenario = scenarioOf(world, page.state);
    const key = JSON.stringify(scenario);
    if (key === asked) return render();
    asked = key;
    window.clearTimeout(timer);
    drawing.cancel();
    bands = null;
    if (!scenario) {
      latest.cancel();
      answer = null;
      return render();
    }
    results.setAttribute("aria-busy", "true");
    const began = performance.now();
    try {
      const found = await latest.run((signal) => api.solve(scenario, signal));
      if (found === null) return;
      page.back();
      answer = found;
      render();
      performance.measure("solve to paint", { start: began, end: performance.now() });
      if (page.state.bands > 1) timer = window.setTimeout(() => void draw(scenario), QUIET);
    } catch (error) {
      if (error instanceof api.Away) {
        asked = "";
        return page.away(update);
      }
      answer = null;
      render(error instanceof Error ? error : new Error(String(error)));
    } finally {
      if (asked === key) results.setAttribute("aria-busy", "false");
    }
  }

  async function draw(scenario: Scenario): Promise<void> {
    const show = working(note, () => {
      drawing.cancel();
      replace(note, "Cancelled: values without bands.");
    });
    const told = (p: Progress) =>
      show(p.done, p.total, `band: draw ${p.done} of ${p.total || page.state.bands}`, "Draws");
    try {
      const found = await drawing.run((signal) =>
        api.stream<Bands>(`/api/bands?draws=${page.state.bands}&seed=2009`, scenario, told, signal),
      );
      if (found === null) return;
      bands = found;
      render();
    } catch (error) {
      if (error instanceof api.Away) {
        replace(note);
        return page.away(() => { asked = ""; void update(); });
      }
      replace(note, `No bands: ${error instanceof Error ? error.message : error}`);
    }
  }

  // -- showing ------------------------------------------------------------------------------------------------------

  const value = (code: string, key: string) => answer?.economies[code]?.[key] ?? null;
  const inBloc = () => (page.state.given ? Object.keys(answer?.trade ?? {}) : page.state.members);
  const band = (code: string, key: string) => bands?.economies[code]?.[key];

  function render(problem?: Error): void {
    const m = measureOf(page.state.measure);
    const members = inBloc();
    const inside = (code: string) => members.includes(code);
    map.paint({
      shade: (code) => (answer ? shade(value(code, m.key), m.steps) : "x"),
      marked: inside,
      about: (code) => {
        const b = band(code, m.key);
        const text = answer ? `: ${m.label.toLowerCase()} ${signed(value(code, m.key))} ${m.unit}` : "";
        return `${nameOf(world, code)}${inside(code) ? " (in the bloc)" : ""}${text}${b && b.lo !== null ? ` (${range(b.lo, b.hi)})` : ""}`;
      },
    });
    keepingFocus(shades, () => replace(shades, answer ? legend(m) : el("p", { className: "hint" }, "Grey: nothing is asked yet, so no economy has a number."), measures(m.key)));
    if (problem) return replace(results, problemCard(world, problem, page.state.given ? null : (conflict) => change({ conflict })));
    if (!answer) return replace(results, emptyCard());
    const [head, side] = [headline(answer), el("div", { className: "column" }, tradeCard(answer), payCard(), notesCard(answer))];
    keepingFocus(results, () => replace(results, head, barCard(m.key), side));
  }

  function measures(key: string): HTMLElement {
    const pick = el(
      "select",
      { "aria-label": "What the map shows", id: "measure", onchange: () => change({ measure: pick.value }) },
      ...MEASURES.map((m) => el("option", { value: m.key, selected: m.key === key }, `${m.label}, ${m.unit}`)),
    );
    return pick;
  }

  function emptyCard(): HTMLElement {
    const s = page.state;
    const more = s.members.length === 1 ? "Pick one more economy." : "Pick two or more economies on the map.";
    return el("div", { className: "card empty" }, el("h2", {}, s.club === "none" ? "Who joins the WTO?" : "No bloc yet"), el("p", {}, more, " What it does to everyone then stands here."));
  }

  function headline(a: Answer): HTMLElement {
    const inside = Object.keys(a.trade);
    const sum = (codes: string[]) => codes.reduce((t, c) => t + (value(c, "real_income_usd_bn") ?? 0), 0);
    const outside = world.economies.map((e) => e.code).filter((c) => !inside.includes(c));
    const stat = (label: string, x: number) =>
      el("div", { className: "stat" }, el("dt", {}, label), el("dd", {}, signed(x), el("small", {}, " USD bn a year")));
    return el(
      "div",
      { className: "card head" },
      el("h2", {}, a.title),
      el("dl", {}, stat(inside.length ? "Members together" : "Named economies", sum(inside)), stat("Everyone else", sum(outside)), stat("The world", sum([...inside, ...outside]))),
      note,
    );
  }

  function barCard(key: string): HTMLElement {
    const m = measureOf(key);
    const inside = Object.keys(answer!.trade);
    const others = world.economies
      .map((e) => e.code)
      .filter((c) => !inside.includes(c))
      .sort((a, b) => Math.abs(value(b, key) ?? 0) - Math.abs(value(a, key) ?? 0));
    const rows: Bar[] = [...inside, ...others.slice(0, every ? undefined : SHOWN)].map((code) => ({
      name: nameOf(world, code),
      code,
      value: value(code, key),
      lo: band(code, key)?.lo,
      hi: band(code, key)?.hi,
      shade: shade(value(code, key), m.steps),
      strong: inside.includes(code),
      about: `${m.about}; residual of the equilibrium ${answer!.residual.toExponential(0)}`,
    }));
    if (bands) replace(note, `Bands: 5th to 95th percentile of ${bands.draws} draws over ${world.draws_from}.`);
    else if (!note.firstChild || note.textContent?.startsWith("Bands")) replace(note, page.state.bands > 1 ? "Most likely values; bands follow." : "Most likely values.");
    return el(
      "div",
      { className: "card" },
      bars(rows, {
        of: "Economy",
        caption: `${m.label}: who gains, who loses`,
        title: `${answer!.title}: ${m.label.toLowerCase()}`,
        unit: m.unit,
        measure: measureWords(m),
        column: m.column,
        notes: bands ? [`Bars: most likely values. Whiskers: ${bandWords(bands.draws, bands.seed)}${world.draws_from ? ` over ${world.draws_from}` : ""}.`] : ["Bars: most likely values."],
        source: sourceOf(world),
      }),
      others.length > SHOWN &&
        el("button", { type: "button", className: "small", onclick: () => { every = !every; render(); } }, every ? "Only those that move most" : `All ${world.economies.length} economies`),
    );
  }

  function tradeCard(a: Answer): HTMLElement | null {
    const codes = Object.keys(a.trade);
    if (codes.length < 2) return null;
    const columns = [
      ["inside_change_usd_bn", "Imports from inside"],
      ["outside_change_usd_bn", "Imports from outside"],
      ["creation_usd_bn", "of it created"],
      ["diversion_usd_bn", "of it diverted"],
    ] as const;
    const total = (key: (typeof columns)[number][0]) => codes.reduce((t, c) => t + (a.trade[c][key] ?? 0), 0);
    return el(
      "div",
      { className: "card" },
      table({
        caption: "Trade created, trade diverted (USD bn a year)",
        heads: ["Member", ...columns.map(([, label]) => label)],
        rows: [
          ...codes.map((c) => [nameOf(world, c), ...columns.map(([key]) => signed(a.trade[c][key]))]),
          ["Sum", ...columns.map(([key]) => signed(total(key)))],
        ],
        numbers: columns.map((_, i) => i + 1),
        sum: true,
      }),
      el("p", { className: "hint" }, "Diverted: imports from partners that replace imports from outside. Created: the rest of the rise."),
    );
  }

  function payCard(): HTMLElement {
    const key = "real_income_usd_bn";
    const ranked = world.economies.map((e) => ({ code: e.code, x: value(e.code, key) ?? 0 })).sort((a, b) => a.x - b.x);
    const say = (rows: typeof ranked) => listed(rows.map((r) => `${nameOf(world, r.code)} (${signed(r.x)})`));
    const lose = ranked.filter((r) => r.x < -0.0005).slice(0, 4);
    const gain = [...ranked].reverse().filter((r) => r.x > 0.0005).slice(0, 4);
    return el(
      "div",
      { className: "card" },
      el("h2", {}, "Who pays?"),
      el("p", {}, lose.length ? `In money a year the most is lost by ${say(lose)}.` : "Nobody loses anything that could be seen."),
      el("p", {}, gain.length ? `The most is gained by ${say(gain)}.` : "Nobody gains anything that could be seen."),
      el("p", { className: "hint" }, "USD billion a year of 2009, real income."),
    );
  }

  function notesCard(a: Answer): HTMLElement {
    return el(
      "details",
      { className: "card" },
      el("summary", {}, "What changes, and how it was solved"),
      el("ul", {}, ...a.notes.map((n) => el("li", {}, n))),
      el("p", { className: "hint" }, `World ${a.world}, deficits ${a.deficits}, residual ${a.residual.toExponential(0)} after ${a.iterations} iterations (${a.method}).`),
    );
  }

  page.changed = () => void update();
  page.reread = layControls;
  layControls();
  void update();
  return () => {
    latest.cancel();
    drawing.cancel();
    window.clearTimeout(timer);
  };
}

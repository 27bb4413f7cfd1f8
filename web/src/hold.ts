/** View Hold: will the bloc hold, who is the weak link, and what would keep it together. */

import * as api from "./api";
import type { BlocQuestion, Progress } from "./api";
import { bars, waterfall } from "./bars";
import { problemCard, WAYS } from "./conflict";
import { choice, el, inOrder, keepingFocus, replace, slider, table, working } from "./dom";
import { commandOf, CONCEPTS, DRAWS, EXITS, MEANINGS, SEED, SETS, type Band, type Holding } from "./holding";
import { keeping } from "./keeping";
import { sourceOf, type Page } from "./page";
import { plain, range, signed } from "./scale";
import { bandWords, saving } from "./saving";
import { axisColumn, axisName, hasRing, sentence, shown, stabilityDrawing, type Stability } from "./stability";
import { listed, named, nameOf } from "./state";

const POINTS = 21;
const QUIET = 600;
const percent = (p: number) => `${Math.round(100 * p)}%`;

export function holdView(page: Page, root: HTMLElement): () => void {
  const { world } = page;
  const name = (code: string) => nameOf(world, code);
  const latest = new api.Latest();
  const mapped = new api.Latest();
  let found: Holding | null = null;
  let over: Stability | null = null;
  let overAsked = "";
  const known = new Map<string, string>(); // components, those that are switched off included
  let timer = 0;
  let asked = "";
  const controls = el("section", { className: "controls", "aria-label": "What is assumed" });
  const results = el("section", { className: "column", "aria-label": "Whether it holds", "aria-busy": "false" });
  const note = el("div", { className: "note", "aria-live": "polite" });
  const answer = el("section", { className: "answer", "aria-label": "The answer", "aria-live": "polite" });
  const [picture, level, point, needs] = [el("div"), el("div"), el("div"), el("div")];
  let likely: number | null = null; // credibility of the hub by its range
  root.className = "view hold";
  inOrder(root, [controls, answer, results], [answer, controls, results]);

  function question(draws: number): BlocQuestion | null {
    const s = page.state;
    if (s.members.length < 2) return null;
    const inside = (given: Record<string, number>) => Object.entries(given).filter(([c]) => s.members.includes(c));
    return {
      members: s.members,
      draws,
      seed: SEED,
      rule: s.rule,
      wto: s.conflict || null,
      energy_year: 2009,
      off: s.off,
      transfers: Object.fromEntries(inside(s.transfer)),
      sunk_cost: Object.fromEntries(inside(s.sunk).map(([c, x]) => [c, [0, x] as [number, number]])),
      credibility: s.credibility,
    };
  }

  function layControls(): void {
    const s = page.state;
    const hub = found?.hub ?? (s.members.includes("RUS") ? "RUS" : "");
    const others = s.members.filter((c) => c !== hub);
    for (const [part, about] of Object.entries(found?.components ?? {})) known.set(part, about);
    for (const part of s.off) if (!known.has(part)) known.set(part, "");
    const switches = [...known];
    keepingFocus(controls, () => replace(
      controls,
      el(
        "div",
        { className: "card" },
        el("h2", {}, "The bloc"),
        el(
          "p",
          { className: "examples" },
          el("button", { type: "button", className: "small", onclick: () => set({ members: ["RUS", "KAZ", "BLR"] }) }, "The union of 2009"),
          el("button", { type: "button", className: "small", onclick: () => set({ members: ["RUS", "BLR", "UKR"] }) }, "Russia, Belarus, Ukraine"),
        ),
        // Below the buttons, or a longer list would move them from under the pointer.
        el("p", {}, s.members.length ? listed(s.members.map(name)) : "Nobody yet."),
        el("p", { className: "hint" }, "Choose members in Build. Here every bloc is a customs union at its hub's tariff."),
        choice("When one leaves", [["others", "The others go on"], ["unanimity", "It ends"]], s.rule, (rule) => set({ rule })),
        s.conflict !== "" && choice("Where the common tariff is above a WTO binding", WAYS, s.conflict, (conflict) => set({ conflict })),
      ),
      s.members.length > 1 &&
        el(
          "div",
          { className: "card" },
          el("h2", {}, "What would keep it together?"),
          needs,
          ...others.map((c) =>
            slider(
              `Transfer to ${name(c)}`,
              { min: 0, max: Math.max(5, s.transfer[c] ?? 0), step: 0.05, value: s.transfer[c] ?? 0, show: (v) => `${v.toFixed(2)} USD bn`, id: `pay-${c}` },
              (x) => set({ transfer: { ...page.state.transfer, [c]: x } }, false),
            ),
          ),
          slider(
            "Credibility of the hub",
            { min: 0, max: 1, step: 0.01, value: s.credibility ?? likely ?? 0.5, show: (v) => (page.state.credibility !== null ? v.toFixed(2) : likely === null ? "its range" : `its range, most likely ${likely.toFixed(2)}`), id: "trust" },
            (credibility) => set({ credibility }, false),
          ),
          s.credibility !== null && el("button", { type: "button", className: "small", onclick: () => set({ credibility: null }) }, "Back to its range"),
          el("p", { className: "hint" }, "A promise is worth its amount times the credibility of who gives it."),
        ),
      s.members.length > 1 &&
        el(
          "div",
          { className: "card" },
          el("h2", {}, "What counts?"),
          ...switches.map(([key, about]) =>
            el(
              "label",
              { className: "tick", title: about },
              el("input", {
                type: "checkbox",
                checked: !s.off.includes(key),
                onchange: () => set({ off: s.off.includes(key) ? s.off.filter((k) => k !== key) : [...s.off, key] }),
              }),
              ` ${key}`,
            ),
          ),
        ),
      s.members.length > 1 &&
        el(
          "details",
          { className: "card", open: Object.keys(s.sunk).length > 0 },
          el("summary", {}, "Hold-up: what is sunk by committing"),
          ...others.map((c) =>
            slider(
              `${name(c)}: 0 to`,
              { min: 0, max: Math.max(2, s.sunk[c] ?? 0), step: 0.05, value: s.sunk[c] ?? 0, show: (v) => `${v.toFixed(2)} USD bn` },
              (x) => set({ sunk: { ...page.state.sunk, [c]: x } }, false),
            ),
          ),
          el("p", { className: "hint" }, "No source prices this; the range is yours."),
        ),
    ));
  }

  function set(part: Parameters<Page["set"]>[0], lay = true): void {
    page.set(part);
    if (lay) layControls();
  }

  async function update(): Promise<void> {
    const first = question(0);
    const key = JSON.stringify(first);
    if (key === asked) return;
    asked = key;
    window.clearTimeout(timer);
    latest.cancel();
    if (first === null) {
      found = null;
      return render();
    }
    results.setAttribute("aria-busy", "true");
    if (!(await ask(first))) return;
    void askMap(first);
    timer = window.setTimeout(() => void ask(question(DRAWS)!), QUIET);
  }

  /** The map moves with everything but the credibility, which is one of its axes. */
  async function askMap(q: BlocQuestion): Promise<void> {
    const asking = { ...q, credibility: null, draws: 0, up: page.state.up, points: POINTS };
    const key = JSON.stringify(asking);
    if (key === overAsked) return renderMap();
    overAsked = key;
    try {
      const answer = await mapped.run((signal) => api.stream<Stability>("/api/stability", asking, () => undefined, signal));
      if (answer === null) return;
      over = answer;
      keepInside(answer);
      if (answer.x.most_likely !== likely) {
        likely = answer.x.most_likely;
        layControls();
      }
      layMap();
      renderMap();
    } catch (error) {
      overAsked = "";
      if (error instanceof api.Away) return page.away(() => { asked = ""; void update(); });
      over = null;
      replace(level);
      replace(point);
      const why = error instanceof api.Problem ? named(world, error.what) : error instanceof Error ? error.message : String(error);
      replace(picture, el("p", { className: "quiet" }, `There is no map: ${why}.`));
    }
  }

  const here = (o: Stability) => ({
    x: page.state.credibility ?? o.x.most_likely ?? o.x.values[0],
    y: page.state.level ?? o.y.most_likely ?? o.y.values[0],
  });

  /** A link may stand beyond the end of its axis, which only the answer knows. */
  function keepInside({ y }: Stability): void {
    const [{ level: at }, end] = [page.state, y.values[y.values.length - 1]];
    if (at === null || at <= end) return;
    page.state = { ...page.state, level: end };
    page.tell([`Place on the map ${at} is beyond the end of the axis: ${shown(y, end)} is shown.`]);
  }

  /** The slider stays while the picture beside it is drawn anew, or it would be lost from under the pointer. */
  function layMap(): void {
    const o = over!;
    const { values } = o.y;
    const most = values[values.length - 1];
    replace(
      level,
      slider(axisName(o.y), { min: values[0], max: most, step: most / 40, value: here(o).y, show: (v) => shown(o.y, v), id: "level" }, (v) => {
        page.set({ level: v });
        renderMap();
      }),
    );
  }

  function renderMap(): void {
    if (over === null || over.members.join() !== page.state.members.join()) return replace(picture, el("p", { className: "quiet" }, "Drawing the map …"));
    const o = over;
    const at = here(o);
    replace(picture, stabilityDrawing(o, at, name, (x, y) => { set({ credibility: x, level: y }); layMap(); }));
    replace(
      point,
      el("p", { id: "at-point", "aria-live": "polite" }, sentence(o, at.x, at.y, name)),
      el("p", { className: "hint" }, `The cross is where the sliders stand${hasRing(o) ? ", the ring where the most likely figures do" : "; no ring, for at the most likely figures nothing is on offer"}; click a cell to go there. Everything else is at its most likely figure; an offer of the Union is open to all whom the table of offers does not rule out.`),
      saving(() => ({
        picture: stabilityDrawing(o, here(o), name),
        title: `Who would stay in a union of ${listed(o.members.map(name))}`,
        measure: "Whose slack over its best exit is not below zero, everything else at its most likely figure",
        notes: [`${hasRing(o) ? "Ring: most likely figures. " : ""}Cross: ${o.x.label} at ${shown(o.x, here(o).x)}, ${o.y.label} at ${shown(o.y, here(o).y)}.`],
        source: sourceOf(world),
      }), () => ({
        name: `who stays ${o.members.join(" ")} ${o.x.parameter} ${o.y.parameter}`,
        head: [axisColumn(o.x), axisColumn(o.y), ...o.members.map((m) => `slack_usd_billion_${m}`), "leave"],
        rows: o.y.values.flatMap((y, j) => o.x.values.map((x, i) => [x, y, ...o.slack_usd_bn[j][i], o.members.filter((_, m) => !o.stays[j][i][m]).join(" ")])),
      })),
    );
  }

  function mapCard(): HTMLElement {
    return el("div", { className: "card" },
      el("h2", {}, "Who would stay, over two assumptions"),
      choice("Upwards", [["eu_offer", "The EU's offer"], ["energy_rent", "The hub's rent"]], page.state.up, (up) => {
        set({ up, level: null });
        void askMap(question(0)!);
      }),
      el("div", { className: "twofold" }, picture, el("div", {}, level, point)),
    );
  }

  async function ask(q: BlocQuestion): Promise<boolean> {
    const show = working(note, () => {
      latest.cancel();
      replace(note, "Cancelled.");
      results.setAttribute("aria-busy", "false");
    });
    const told = (p: Progress) => {
      const slow = p.seconds > 3 && p.total === 0 ? " (the first time the equations are compiled: a minute or more)" : "";
      const far = p.total ? `${p.done} of ${p.total}` : `${Math.round(p.seconds)} s`;
      show(p.done, p.total, `solving ${far}${slow}`, "Solving");
      if (!note.isConnected) replace(answer, el("div", { className: "card" }, note));
    };
    try {
      const held = await latest.run((signal) => api.stream<Holding>("/api/bloc", q, told, signal));
      if (held === null) return false;
      const hubKnown = found?.hub === held.hub && found.members.join() === held.members.join();
      found = held;
      const known = likely;
      likely = page.state.credibility === null ? held.credibility : hubKnown ? likely : null;
      page.back();
      replace(note, held.draws ? `Bands: 5th to 95th percentile of ${held.draws} draws${held.failed_draws ? `, ${held.failed_draws} failed` : ""}.` : "Most likely values; draws follow.");
      if (!hubKnown || known !== likely) layControls();
      render();
      return true;
    } catch (error) {
      if (error instanceof api.Away) {
        asked = "";
        replace(note);
        page.away(() => void update());
        return false;
      }
      replace(results);
      replace(answer, problemCard(world, error, (conflict) => set({ conflict })));
      return false;
    } finally {
      if (asked) results.setAttribute("aria-busy", "false");
    }
  }

  function render(): void {
    replace(needs, found && keeping(found, name));
    if (found === null) {
      replace(results);
      return replace(answer, el("div", { className: "card empty" }, el("h2", {}, "Will it hold?"), el("p", {}, "Pick two or more members in Build, or start from an example.")));
    }
    const f = found;
    replace(answer, verdict(f));
    keepingFocus(results, () => replace(
      results,
      mapCard(),
      el("div", { className: "grid2 many" }, ...f.members.map((c) => memberCard(f, c))),
      el("div", { className: "grid2" }, linkCard(f), conceptCard(f)),
      bargainCard(f),
      missingCard(f),
    ));
  }

  function verdict(f: Holding): HTMLElement {
    const leaving = f.members.filter((c) => (f.by_member[c].slack_full_usd_bn.value ?? 0) < -1e-9);
    const likely = leaving.length ? `${listed(leaving.map(name))} would gain by leaving` : "nobody would gain by leaving";
    const look = { holds: "yes", "does not hold": "no" }[f.verdict] ?? "maybe";
    const said = f.draws
      ? `This bloc ${f.verdict}: in ${percent(f.internally_stable_probability)} of the draws nobody gains by leaving. At the most likely figures ${likely}.`
      : `At the most likely figures this bloc ${f.verdict}: ${likely}.`;
    const [need, paid] = [f.min_transfer_usd_bn, f.price_paid_usd_bn];
    const ends = (b: Band) => (b.lo === null ? "(no band yet)" : range(b.lo, b.hi).replaceAll("+", ""));
    return el(
      "div",
      { className: "card head" },
      el("p", { className: `verdict ${look}`, id: "verdict" }, said),
      el(
        "dl",
        {},
        fact("Draws in which nobody gains by leaving", f.draws ? percent(f.internally_stable_probability) : "…"),
        fact("Transfers that would hold all", `${plain(need.value)} USD bn`, ends(need)),
        fact("Members can pay them in", f.draws ? percent(f.self_financing_probability) : "…"),
        fact("The hub pays a year in cheap energy and promised transfers, before doubts of its word", paid.value === null ? "unknown" : `${plain(paid.value)} USD bn`, paid.value === null ? paid.reason : ends(paid)),
      ),
      note,
      counted(f),
    );
  }

  /** What is counted, and the command that gives the same numbers. */
  function counted(f: Holding): HTMLElement {
    const { off } = page.state;
    return el(
      "div",
      { className: "hint", id: "counted" },
      el("p", {}, `Counted: ${listed(Object.keys(f.components))}${off.length ? `; left out: ${listed(off)}` : ""}. Each draw asks whether some member would do better at its best exit: alone, in the WTO on its own, or with the European Union where the table of offers has one. The table of stability below leaves those offers out, so its shares may differ.`),
      world.draws_from && el("p", {}, "The same numbers on the command line: ", el("code", {}, commandOf(f, page.state, world.world))),
    );
  }

  const fact = (label: string, text: string, more = "") =>
    el("div", { className: "stat" }, el("dt", {}, label), el("dd", {}, text, more && el("small", {}, ` ${more}`)));

  function memberCard(f: Holding, code: string): HTMLElement {
    const m = f.by_member[code];
    const parts = Object.entries(m.payoff_pct).filter(([key]) => key !== "total");
    const shown = parts.filter(([, b]) => b.value === null || Math.abs(b.value) >= 0.0005);
    const exits = Object.entries(m.best_exit).sort((a, b) => b[1] - a[1]).filter(([, p]) => p > 0);
    return el(
      "div",
      { className: "card" },
      waterfall(
        [
          ...shown.map(([key, b]) => ({ name: key, value: b.value ?? 0, about: f.components[key] ?? "", missing: b.value === null ? (b.reason ?? "unknown") : undefined })),
          { name: "worth of membership", value: m.payoff_pct.total.value ?? 0, about: "sum of the parts", total: true },
        ],
        {
          of: "Part",
          caption: `${name(code)}${code === f.hub ? ", the hub" : ""}`,
          title: `What a union of ${listed(f.members.map(name))} is worth to ${name(code)}`,
          unit: "% of income",
          measure: "Percent of income a year, against standing outside, most likely values",
          column: "worth_percent_of_income",
          notes: ["Parts below 0.0005 are left out."],
          source: sourceOf(world),
        },
      ),
      el(
        "p",
        {},
        "Slack over its best exit ",
        el("b", { className: (m.slack_full_pct.value ?? 0) < 0 ? "no" : "yes" }, `${signed(m.slack_full_pct.value)}%`),
        `${m.slack_full_pct.lo === null ? "" : ` (${range(m.slack_full_pct.lo, m.slack_full_pct.hi)})`}; best exit: ${exits.map(([e, p]) => `${EXITS[e] ?? e}${f.draws ? ` ${percent(p)}` : ""}`).join(", ")}.`,
      ),
    );
  }

  function linkCard(f: Holding): HTMLElement {
    if (f.members.length === 2) {
      const only = f.members.find((code) => code !== f.hub)!;
      return el("div", { className: "card" }, el("h2", {}, "The weak link"), el("p", {}, `${name(only)} is the only member beside the hub, so who is the weak link is not asked.`));
    }
    const cell = (set: string, meaning: string) => {
      const link = f.weak_link_by_set[set];
      const who = link.names[meaning];
      return f.draws ? `${name(who)} ${percent(link.probability[meaning][who] ?? 0)}` : name(who);
    };
    return el(
      "div",
      { className: "card" },
      table({
        caption: `The weak link among the hub's partners${f.draws ? ", and its share of draws" : ""}`,
        heads: ["What counts", ...Object.values(MEANINGS).map(([words, meaning]) => el("span", { title: meaning }, words))],
        rows: Object.keys(SETS)
          .filter((set) => f.weak_link_by_set[set].same_as === null)
          .map((set) => [SETS[set], ...Object.keys(MEANINGS).map((m) => cell(set, m))]),
      }),
      el("ul", { className: "hint meanings" }, ...Object.values(MEANINGS).map(([words, meaning]) => el("li", {}, el("b", {}, words), `: ${meaning}`))),
      el("p", { className: "hint" }, `${name(f.hub)}, the hub, is left out: whether it would leave itself is said above.`),
    );
  }

  function conceptCard(f: Holding): HTMLElement {
    const rows = Object.entries(f.stability).filter(([key, c]) => "holds" in c && key in CONCEPTS);
    return el(
      "div",
      { className: "card" },
      table({
        caption: "The union of all is stable",
        rows: rows.map(([key, c]) => [
          el("span", { title: c.meaning }, CONCEPTS[key] ?? key.replaceAll("_", " ")),
          c.holds === null ? "too many members" : c.holds ? "yes" : "no",
          c.probability === null || !f.draws ? "" : `${percent(c.probability)} of draws`,
        ]),
        numbers: [2],
      }),
      el("p", { className: "hint" }, "Among the members alone: offers from outside are left out, and the others always go on; so a share may differ from that above."),
    );
  }

  function bargainCard(f: Holding): HTMLElement {
    const rows = f.members.map((code) => ({ code, m: f.by_member[code] }));
    const band = (b: Band, show = signed) => el("span", { title: b.value === null ? b.reason : b.lo === null ? "no band yet" : range(b.lo, b.hi) }, b.value === null ? "–" : show(b.value));
    return el(
      "div",
      { className: "card spaced" },
      table({
        caption: "Bargaining",
        heads: ["Member", "others lose if it goes, USD bn", "it can demand, USD bn", "after the others committed, USD bn", "hold-up rent, USD bn", "loss in the first year if the hub stops all trade with it, % of income"],
        rows: rows.map(({ code, m }) => [name(code), band(m.pivot_usd_bn), band(m.demand_usd_bn), band(m.hold_up.after), band(m.hold_up.rent_usd_bn), band(m.hub_leverage_pct, plain)]),
        numbers: [1, 2, 3, 4, 5],
      }),
      bars(
        rows.map(({ code, m }) => ({
          name: name(code),
          code,
          value: m.slack_full_pct.value,
          lo: m.slack_full_pct.lo,
          hi: m.slack_full_pct.hi,
          shade: (m.slack_full_pct.value ?? 0) < 0 ? "l4" : "g4",
        })),
        {
          of: "Member",
          caption: "Slack over the best exit",
          title: `A union of ${listed(f.members.map(name))}: slack over the best exit`,
          unit: "% of income",
          measure: "What membership is worth above the best exit, percent of income a year",
          column: "slack_percent_of_income",
          notes: [`Bars: most likely values.${f.draws ? ` Whiskers: ${bandWords(f.draws, SEED)}.` : ""}`],
          source: sourceOf(world),
        },
      ),
    );
  }

  function missingCard(f: Holding): HTMLElement | null {
    const rows = Object.entries(f.missing).flatMap(([part, who]) => Object.entries(who).map(([code, why]) => `${part} of ${name(code)}: ${why}`));
    if (rows.length === 0) return null;
    return el("details", { className: "card", open: rows.length < 4 }, el("summary", {}, "Not in the table"), el("ul", {}, ...rows.map((r) => el("li", {}, r))));
  }

  page.changed = () => {
    renderMap();
    void update();
  };
  page.reread = layControls;
  layControls();
  render();
  void update();
  return () => {
    latest.cancel();
    mapped.cancel();
    window.clearTimeout(timer);
  };
}

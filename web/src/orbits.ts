/** View Orbits: in whose orbit each economy is, where two poles contend, and how the centre of gravity moves. */

import * as api from "./api";
import type { Orbits, Progress } from "./api";
import { bars } from "./bars";
import { lines } from "./chart";
import { el, inOrder, keepingFocus, replace, table, working } from "./dom";
import { saving } from "./saving";
import { worldMap } from "./map";
import { shapes } from "./shapes";
import { sourceOf, type Page } from "./page";
import { plain } from "./scale";
import { listed, nameOf } from "./state";

const LETTERS = "abcdef";
const degrees = (v: number, plus: string, minus: string) => `${Math.abs(v).toFixed(1)}° ${v < 0 ? minus : plus}`;
const FAINT = "Faint: several countries counted as one economy, “Rest of the world” among them; the colour is that of all together, and says nothing of any one of them.";
const LEAST = 2;
const MOST = 6;

interface Centre {
  track: { year: number; lat: number; lon: number; covered: number }[] | null;
  /** Of the world's own year. */
  point?: { year: number; lat: number | null; lon: number | null; covered: number | null; reason: string | null };
  source?: string;
  reason?: string;
}

export function orbitsView(page: Page, root: HTMLElement): () => void {
  const { world } = page;
  const name = (code: string) => nameOf(world, code);
  const latest = new api.Latest();
  let found: Orbits | null = null;
  let centre: Centre | null = null;
  let asked = "";
  const controls = el("section", { className: "controls", "aria-label": "Poles" });
  const map = worldMap(world, {
    label: "World map: spheres of the poles; pick an economy to see who could hurt it",
    picked: (code) => {
      page.set({ target: code });
      layControls();
    },
    toggles: false,
    shapes,
    saved: () => ({
      title: `Whose orbit: ${listed(page.state.poles.map(name))}`,
      measure: "The pole whose cut of all trade would cost an economy most of its income",
      notes: [
        marks().join(" "),
        centre?.track ? "Line: centre of gravity of GDP, by year." : typeof centre?.point?.lat === "number" ? `Dot with ${centre.point.year}: centre of gravity of GDP.` : "",
      ],
      source: sourceOf(world),
      keys: page.state.poles.map((p) => [letter(p), name(p)] as const),
      table: {
        name: "orbits",
        head: ["code", "economy", "pole", "loss_percent_of_income", "second_pole", "second_loss_percent_of_income", "contested"],
        rows: (found?.economies ?? []).map((e) => [e.economy, name(e.economy), e.pole, e.loss_pct, e.second, e.second_loss_pct, String(e.contested)]),
      },
    }),
  });
  const key = el("div", { className: "legendbox" });
  const results = el("section", { className: "results", "aria-label": "Spheres and leverage", "aria-busy": "false" });
  const note = el("div", { className: "note", "aria-live": "polite" });
  root.className = "view orbits";
  const stage = el("section", { className: "stage", "aria-label": "Map" }, map.node, key);
  inOrder(root, [controls, stage, results], [stage, controls, results]);

  const letter = (pole: string | null) => (pole === null ? "" : LETTERS[page.state.poles.indexOf(pole)] ?? "");
  const swatch = (pole: string, look = "") => el("span", { className: `swatch sw-${letter(pole)}${look}`, "aria-hidden": "true" });
  const members = new Map(world.economies.map((e) => [e.code, e.members.length]));
  const countries = (code: string) => members.get(code) ?? 0;
  /** Groups of countries have one answer for all: no country in them was looked at by itself. */
  const faint = (code: string) => countries(code) > 1 && !page.state.poles.includes(code);

  function layControls(): void {
    const s = page.state;
    const rest = world.economies.filter((e) => !s.poles.includes(e.code));
    const add = el(
      "select",
      { "aria-label": "Add a pole", onchange: () => add.value && set([...s.poles, add.value]) },
      el("option", { value: "" }, "Add a pole …"),
      ...rest.map((e) => el("option", { value: e.code }, e.name)),
    );
    add.disabled = s.poles.length >= MOST;
    keepingFocus(controls, () => replace(
      controls,
      el(
        "div",
        { className: "card" },
        el("h2", {}, "Who are the poles?"),
        add,
        s.poles.length >= MOST && el("p", { className: "hint" }, `At most ${MOST}: remove one to add another.`),
        el(
          "ul",
          { className: "chips" },
          ...s.poles.map((code) =>
            el(
              "li",
              {},
              el(
                "button",
                { type: "button", disabled: s.poles.length === LEAST, "aria-label": `Remove ${name(code)}`, onclick: () => set(s.poles.filter((c) => c !== code)) },
                name(code),
                el("span", { "aria-hidden": "true" }, " ×"),
              ),
            ),
          ),
        ),
        el("p", { className: "hint" }, "Each pole stops all trade with each economy, one at a time, and the world is solved anew. An economy belongs to the pole whose cut would cost it most; it is contested where the second could do almost as much."),
      ),
      targetCard(),
    ));
  }

  function set(poles: string[]): void {
    page.set({ poles });
    layControls();
  }

  function targetCard(): HTMLElement {
    const s = page.state;
    const pick = el(
      "select",
      { "aria-label": "Economy", onchange: () => { page.set({ target: pick.value }); layControls(); } },
      el("option", { value: "" }, "Pick an economy …"),
      ...world.economies.map((e) => el("option", { value: e.code, selected: e.code === s.target }, e.name)),
    );
    const row = found?.economies.find((e) => e.economy === s.target);
    const over = row
      ? s.poles.filter((p) => p !== row.economy && row.by_pole[p]).map((p) => ({ p, x: row.by_pole[p] })).sort((a, b) => (b.x.loss_pct ?? 0) - (a.x.loss_pct ?? 0))
      : [];
    return el(
      "div",
      { className: "card" },
      el("h2", {}, "Who could hurt whom?"),
      pick,
      row &&
        bars(
          over.map(({ p, x }) => ({ name: name(p), code: p, value: -(x.loss_pct ?? 0), shade: letter(p), about: `costs ${name(p)} ${plain(x.own_loss_pct)}% of its income` })),
          {
            of: "Pole",
            caption: `${name(row.economy)} loses if cut off by`,
            title: `What ${name(row.economy)} loses if a pole cuts off all trade with it`,
            unit: "% of income",
            measure: "Change of real income in percent, most likely values",
            column: "real_income_change_percent",
            source: sourceOf(world),
          },
        ),
      row &&
        el(
          "ul",
          {},
          ...over.map(({ p, x }) =>
            el("li", {}, `${name(p)} would pay ${plain(x.own_loss_usd_bn)} USD bn to take ${plain(x.loss_usd_bn)} from it.`),
          ),
        ),
    );
  }

  async function update(): Promise<void> {
    const { poles } = page.state;
    const wanted = poles.join();
    if (wanted === asked) return render();
    asked = wanted;
    if (poles.length < LEAST) {
      latest.cancel();
      found = null;
      results.setAttribute("aria-busy", "false");
      return render();
    }
    results.setAttribute("aria-busy", "true");
    const show = working(note, () => {
      latest.cancel();
      asked = "";
      replace(note, "Cancelled. ", el("button", { type: "button", className: "small", onclick: () => void update() }, "Ask again"));
      results.setAttribute("aria-busy", "false");
    });
    const told = (p: Progress) => {
      const far = p.total ? `${p.done} of ${p.total} cuts solved` : `starting, ${Math.round(p.seconds)} s (compiled the first time)`;
      show(p.done, p.total, far, "Cutting off trade");
      if (!note.isConnected) replace(results, el("div", { className: "card head" }, note));
    };
    try {
      const answer = await latest.run((signal) => api.stream<Orbits>("/api/orbits", { poles }, told, signal));
      if (answer === null) return;
      found = answer;
      replace(note);
      page.back();
      layControls();
      render();
    } catch (error) {
      asked = "";
      if (error instanceof api.Away) {
        replace(note);
        return page.away(() => void update());
      }
      replace(results, el("div", { className: "card problem", role: "alert" }, el("h2", {}, "This cannot be computed"), el("p", {}, String((error as Error).message))));
    } finally {
      if (asked === wanted) results.setAttribute("aria-busy", "false");
    }
  }

  function render(): void {
    paint();
    centreOnMap();
    replace(key, ...legend());
    if (found) return renderFound(found);
    if (page.state.poles.length < LEAST)
      replace(results, el("div", { className: "card empty" }, el("h2", {}, "Choose two poles at least"), el("p", {}, "Add a pole in the list beside the map: who is in whose orbit is a matter of comparison.")));
  }

  function paint(): void {
    if (found === null)
      return map.paint({
        shade: (code) => letter(code) || "x",
        marked: (code) => page.state.poles.includes(code),
        about: (code) => (page.state.poles.includes(code) ? `${name(code)}, a pole` : name(code)),
      });
    const rows = new Map(found.economies.map((e) => [e.economy, e]));
    map.paint({
      shade: (code) => {
        const row = rows.get(code);
        if (page.state.poles.includes(code)) return letter(code);
        if (!row?.pole) return "x";
        return row.contested && row.second ? `h-${letter(row.pole)}${letter(row.second)}` : letter(row.pole);
      },
      marked: (code) => page.state.poles.includes(code) || code === page.state.target,
      about: (code) => {
        const row = rows.get(code);
        if (page.state.poles.includes(code)) return `${name(code)}, a pole`;
        const many = countries(code) > 1 ? ` (${countries(code)} countries counted as one)` : "";
        if (!row?.pole) return `${name(code)}${many}: in nobody's orbit`;
        return `${name(code)}${many}: ${row.contested ? `contested by ${name(row.pole)} and ${name(row.second ?? "")}` : `orbit of ${name(row.pole)}`}, whose cut would cost it ${plain(row.loss_pct)}% of income`;
      },
      faint,
    });
  }

  function centreOnMap(): void {
    const p = centre?.point;
    if (!centre?.track && p && p.lat !== null && p.lon !== null) map.track([{ lat: p.lat, lon: p.lon, label: String(p.year) }]);
    if (centre?.track) map.track(centre.track.map((t, i, all) => ({ lat: t.lat, lon: t.lon, label: i === 0 || i === all.length - 1 ? String(t.year) : "" })));
  }

  /** What is drawn besides the colours of the poles, and stands on this map; the same words on screen and in files. */
  function marks(): string[] {
    const { poles, target } = page.state;
    const chosen = found && target && !poles.includes(target);
    const outlined = `Outlined: poles${chosen ? ` and ${name(target)}, which was picked` : ""}.`;
    if (!found) return [outlined, "Grey: not solved yet."];
    const others = found.economies.filter((e) => !poles.includes(e.economy));
    const said: [string, boolean][] = [
      [outlined, true],
      ["Two colours: contested.", others.some((e) => e.contested && e.second)],
      ["Grey: in nobody's orbit.", others.some((e) => !e.pole)],
      [FAINT, world.economies.some((e) => faint(e.code))],
    ];
    return said.flatMap(([text, drawn]) => (drawn ? [text] : []));
  }

  function legend(): HTMLElement[] {
    const { poles } = page.state;
    const keys = el("ul", { className: "poles" }, ...poles.map((p) => el("li", {}, swatch(p), name(p))));
    const text = marks();
    const faded = text.includes(FAINT);
    return [keys, el("p", { className: "hint" }, `${text.filter((one) => one !== FAINT).join(" ")} `, ...(faded ? [...poles.map((p) => swatch(p, " faint")), FAINT] : []))];
  }

  function renderFound(found: Orbits): void {
    const contested = found.economies.filter((e) => e.contested);
    keepingFocus(results, () => replace(
      results,
      el("div", { className: "column" }, el(
        "div",
        { className: "card" },
        table({
          caption: `Poles: as many as ${found.effective_number?.toFixed(1) ?? "–"} equal ones`,
          heads: ["Pole", "could take, USD bn", "share", "worst own loss, %"],
          rows: found.poles.map((p) => [el("span", {}, swatch(p.pole), name(p.pole)), p.exerted_usd_bn.toFixed(0), p.share === null ? "–" : `${Math.round(100 * p.share)}%`, plain(p.suffered_max_pct)]),
          numbers: [1, 2, 3],
        }),
        el("p", { className: "hint" }, "Sum of what each could take from all others, one at a time; effective number by Herfindahl."),
      ), centreCard()),
      el(
        "div",
        { className: "card" },
        table({
          caption: "Contested",
          rows: contested.map((e) => [
            el("button", { type: "button", className: "link", onclick: () => { page.set({ target: e.economy }); layControls(); } }, name(e.economy)),
            el("ul", { className: "pair" }, ...([[e.pole!, e.loss_pct], [e.second!, e.second_loss_pct]] as const).map(([pole, loss]) => el("li", {}, swatch(pole), `${name(pole)} ${plain(loss)}%`))),
          ]),
        }),
        contested.length === 0 && el("p", {}, "Nobody: every economy leans clearly to one pole."),
        el("p", { className: "hint" }, `Contested: the second pole could take at least ${Math.round(100 * (1 - found.contested_below))}% of what the first could.`),
      ),
    ));
  }

  function centreCard(): HTMLElement {
    const track = centre?.track;
    const p = centre?.point;
    if (!track)
      return el(
        "div",
        { className: "card" },
        el("h2", {}, "Centre of gravity"),
        p && el("p", {}, p.lat === null || p.lon === null ? p.reason : `In ${p.year} the GDP of this world's ${p.covered} economies, each at its capital, has its centre beneath ${degrees(p.lat, "N", "S")}, ${degrees(p.lon, "E", "W")} (dot on the map).`),
        el("p", { className: "quiet" }, centre?.reason ?? "…"),
      );
    const pick = track.filter((t, i) => i === 0 || i === track.length - 1 || t.year % 10 === 0);
    const drawn = () =>
      lines(
        [
          { name: "longitude, east", look: "s-a", points: track.map((t) => ({ year: t.year, value: t.lon })) },
          { name: "latitude, north", look: "s-b", points: track.map((t) => ({ year: t.year, value: t.lat })) },
        ],
        "Centre of gravity of GDP, degrees",
        (v) => `${v.toPrecision(3).replace("-", "−")}°`,
      );
    return el(
      "div",
      { className: "card" },
      el("h2", {}, "Centre of gravity of GDP"),
      drawn(),
      table({
        caption: "Where it lay (line on the map)",
        heads: ["Year", "latitude", "longitude", "economies"],
        rows: pick.map((t) => [t.year, degrees(t.lat, "N", "S"), degrees(t.lon, "E", "W"), t.covered]),
        numbers: [1, 2, 3],
      }),
      saving(() => ({
        picture: drawn(),
        title: "Centre of gravity of the GDP of the world's economies",
        measure: "Degrees: longitude east, latitude north, where the point of mass inside the globe comes to the surface (Quah 2011)",
        source: `Source: ${centre?.source ?? ""} Computed by multipolar ${world.version}`,
      }), () => ({ name: "centre of gravity", head: ["year", "latitude_degrees", "longitude_degrees", "economies_covered"], rows: track.map((t) => [t.year, t.lat, t.lon, t.covered]) })),
      el("p", { className: "hint" }, `${centre?.source ?? ""} Where the point of mass, inside the globe, comes to the surface (Quah 2011).`),
    );
  }

  page.changed = () => void update();
  page.reread = layControls;
  layControls();
  render();
  fetch("/api/centre")
    .then((answer) => answer.json() as Promise<Centre>)
    .then((answer) => {
      centre = answer;
      render();
    })
    .catch(() => undefined);
  void update();
  return () => latest.cancel();
}

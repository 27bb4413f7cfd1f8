/** Starts the page: loads the world, shows the view of the link, survives a server that goes away. */

import "./style.css";
import * as api from "./api";
import { argumentView } from "./argument";
import { buildView } from "./build";
import { el, inOrder, replace } from "./dom";
import { holdView } from "./hold";
import { orbitsView } from "./orbits";
import type { Page } from "./page";
import { readLink, toHash } from "./link";
import { VIEWS, type View } from "./state";
import { themeButton } from "./theme";

const RETRY = 1500;
const SHOW: Record<View, (page: Page, root: HTMLElement) => () => void> = {
  build: buildView,
  hold: holdView,
  orbits: orbitsView,
  argument: argumentView,
};

const at = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const main = at("main");
const banner = at("banner");
const notice = at("notice");

async function start(): Promise<void> {
  themeButton(at("tools"));
  const [brand, views, tools] = [document.querySelector(".brand")!, at("views"), at("tools")];
  inOrder(document.querySelector(".top")!, [brand, views, tools], [brand, tools, views]);
  let world: api.World;
  for (;;) {
    try {
      world = await api.world();
      break;
    } catch (error) {
      replace(main, el("p", { className: "empty", role: "alert" }, error instanceof api.Away ? "The server does not answer. Start it with: multipolar serve. Trying again …" : String((error as Error).message)));
      await new Promise((done) => setTimeout(done, RETRY));
    }
  }
  run(world);
}

function run(world: api.World): void {
  let leave: (() => void) | null = null;
  let shown: View | null = null;
  let waiting = false;
  let resume = (): void => undefined;
  let wrong: readonly string[] = [];
  const first = readLink(location.hash, world);
  const page: Page = {
    world,
    scenarios: api.scenarios().then((found) => found.scenarios),
    clubs: api.clubs().then((found) => found.clubs),
    state: first.state,
    set(part) {
      page.state = { ...page.state, ...part };
      history.replaceState(null, "", toHash(page.state));
      tabs();
      page.changed();
    },
    tell(more) {
      wrong = [...wrong, ...more];
      if (wrong.length) history.replaceState(null, "", toHash(page.state));
      notify();
    },
    changed: () => undefined,
    reread: () => undefined,
    away(again) {
      // The last who asked goes on: another view may be shown by the time the server is back.
      resume = again;
      if (waiting) return;
      waiting = true;
      replace(banner, "The server does not answer; trying again. Nothing is lost: what you built is in the address.");
      const attempt = () =>
        api.world().then(
          () => {
            waiting = false;
            replace(banner);
            resume();
          },
          () => setTimeout(attempt, RETRY),
        );
      setTimeout(attempt, RETRY);
    },
    back: () => !waiting && banner.firstChild && replace(banner),
  };
  page.clubs.catch(() => undefined);
  page.scenarios.catch(() => undefined);

  const notify = () =>
    replace(
      notice,
      wrong.length > 0 &&
        el(
          "div",
          { className: "card" },
          el("div", {}, el("b", {}, "Not all of this address was understood. "), "What is shown instead now stands in it:"),
          el("ul", {}, ...wrong.map((text) => el("li", {}, text))),
          el("button", { type: "button", className: "small", onclick: () => {
            wrong = [];
            notify();
            main.focus();
          } }, "Dismiss"),
        ),
    );
  const tabs = () =>
    replace(
      at("views"),
      ...VIEWS.map(([view, label]) =>
        el("a", { href: toHash({ ...page.state, view }), "aria-current": view === page.state.view ? "page" : undefined }, label),
      ),
    );
  const show = () => {
    tabs();
    document.title = `${VIEWS.find(([v]) => v === page.state.view)![1]} · multipolar`;
    if (shown === page.state.view) {
      page.reread();
      page.changed();
      return;
    }
    leave?.();
    page.changed = page.reread = () => undefined;
    shown = page.state.view;
    const root = el("div", {});
    replace(main, root);
    leave = SHOW[shown](page, root);
  };
  window.addEventListener("hashchange", () => {
    const link = readLink(location.hash, world);
    page.state = link.state;
    wrong = [];
    page.tell(link.wrong);
    show();
  });
  replace(
    at("footer"),
    el("p", {}, `World ${world.world}, ${world.economies.length} economies, ${world.sectors.length} sectors, figures of ${world.year}. Version ${world.version}. `),
    el(
      "p",
      {},
      "Boundaries are Natural Earth's (1:50m), which draws who holds the ground and not who should: Crimea, Western Sahara, Kosovo, Northern Cyprus, Somaliland and Kashmir are drawn so. What counts as an economy is a table of this project, never the map. Hatched in grey is what belongs to no economy of this world. Dots stand for places too small to be seen.",
    ),
  );
  const copied = el("button", { type: "button", onclick: async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      copied.textContent = "Copied";
    } catch {
      copied.textContent = "Copy the address bar";
    }
    setTimeout(() => (copied.textContent = "Copy link"), 1500);
  } }, "Copy link");
  at("tools").prepend(copied);
  const skip = document.querySelector(".skip")!;
  skip.addEventListener("click", (event) => {
    // The address holds what is shown: it must not become that of the content.
    event.preventDefault();
    main.focus();
  });
  page.tell(first.wrong);
  show();
}

void start();

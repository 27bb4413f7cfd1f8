/** The live part of a report: the page's map, bars and claims over the results that the file carries. Nothing is fetched. */

import type { Topology } from "topojson-specification";
import { claimList, type Claim, type Origin } from "../claims";
import { el } from "../dom";
import css from "../style.css?inline";
import { themeButton } from "../theme";
import { studyView, type Study } from "./study";

type Results = ({ kind: "study" } & Study) | ({ kind: "claims"; claims: Claim[] } & Origin);

const embedded = <T>(id: string): T | null => {
  const node = document.getElementById(id);
  return node ? (JSON.parse(node.textContent!) as T) : null;
};

function start(): void {
  const section = document.getElementById("explore");
  const results = embedded<Results>("results");
  if (!section || !results) return;
  // A tree of its own: the style sheets of page and report do not reach into each other.
  const host = el("div", { className: "live" });
  const inside = host.attachShadow({ mode: "open" });
  const root = el("div", {});
  inside.append(el("style", {}, css), root);
  section.append(host);
  const place = el("li");
  document.querySelector(".meta")?.append(place);
  themeButton(place, (theme) => {
    host.dataset.theme = theme;
  });
  root.className = "view argument";
  if (results.kind === "claims") claimList(results.claims, root, results);
  else studyView(results, embedded<Topology>("shapes"), root);
  for (const node of document.querySelectorAll<HTMLElement>("[data-live]")) node.hidden = false;
}

start();

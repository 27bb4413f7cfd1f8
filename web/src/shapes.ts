/** The shapes of countries, as the server of the page hands them out: asked for once, and again if that failed. */

import type { Topology } from "topojson-specification";
import address from "world-atlas/countries-50m.json?url";

let asked: Promise<Topology> | null = null;

export const shapes = (): Promise<Topology> =>
  (asked ??= fetch(address)
    .then((answer) => answer.json() as Promise<Topology>)
    .catch((error: unknown) => {
      asked = null;
      throw error;
    }));

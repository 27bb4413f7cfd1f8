/** What the views share. */

import type { World, Club } from "./api";
import type { State } from "./state";

/** What a file says of where its numbers come from. */
export const sourceOf = (world: World): string => `Source: multipolar ${world.version}, world ${world.world}`;

export interface Page {
  readonly world: World;
  readonly scenarios: Promise<{ scenario: string; title: string }[]>;
  readonly clubs: Promise<Club[]>;
  state: State;
  /** Change the state; the link follows, and the view is told. */
  set: (part: Partial<State>) => void;
  /** Say what of the address was not understood, beside what was said of it before; the address is put right. */
  tell: (wrong: readonly string[]) => void;
  /** Called by `set`. */
  changed: () => void;
  /** Called when the link was changed from outside: lay the controls anew. */
  reread: () => void;
  /** The server does not answer: say so, wait, and call back once it does. */
  away: (again: () => void) => void;
  /** It answers. */
  back: () => void;
}

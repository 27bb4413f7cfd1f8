/** Talking to the server: plain answers, streamed work, and errors that carry a remedy. */

import type { components } from "./schema";

export type World = components["schemas"]["WorldAnswer"];
export type Club = components["schemas"]["ClubRecord"];
export type Answer = components["schemas"]["SolveAnswer"];
export type Bands = components["schemas"]["BandsAnswer"];
export type Orbits = components["schemas"]["OrbitsAnswer"];
export type BlocQuestion = components["schemas"]["BlocQuestion"];
export type Scenario = Record<string, unknown>;
export type Closing = "fixed" | "scaled" | "purged";

export interface Progress {
  stage: string;
  done: number;
  total: number;
  seconds: number;
}

/** The server refused: `message` says why and what to do. */
export class Problem extends Error {
  constructor(
    readonly kind: string,
    detail: string,
    readonly status = 422,
  ) {
    super(detail);
  }

  /** What is wrong, without the remedy: that names options of the command line or lines of a file. */
  get what(): string {
    return this.message.split(";")[0].replace(/^scenario '[^']*': /, "");
  }
}

/** The server does not answer. */
export class Away extends Error {}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Away("the server does not answer");
  }
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as { type?: string; detail?: string } | null;
  throw new Problem(body?.type ?? "", body?.detail ?? `the server answered ${answer.status}`, answer.status);
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

const posted = (body: unknown, signal?: AbortSignal): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
  signal,
});

export const world = () => json<World>("/api/world");
export const clubs = () => json<{ clubs: Club[] }>("/api/clubs");
export const scenarios = () => json<components["schemas"]["ScenariosAnswer"]>("/api/scenarios");
export const scenario = (name: string) => json<Scenario>(`/api/scenarios/${encodeURIComponent(name)}`);
export const claims = () => json<{ claims: unknown[] | null; reason?: string }>("/api/claims");
export const solve = (s: Scenario, signal?: AbortSignal) => json<Answer>("/api/solve", posted(s, signal));
export const yaml = async (s: Scenario) => (await ask("/api/yaml", posted(s))).text();
export const readYaml = (text: string) =>
  json<{ scenario: Scenario }>("/api/scenario", {
    method: "POST",
    headers: { "content-type": "text/yaml" },
    body: text,
  });

/** Ask for long work; resolves with its result, and tells progress on the way. Aborting cancels it. */
export async function stream<T>(
  path: string,
  body: unknown,
  told: (p: Progress) => void,
  signal?: AbortSignal,
): Promise<T> {
  let answer: Response | null = null;
  for (let tries = 0; answer === null; tries++) {
    try {
      answer = await ask(path, posted(body, signal));
    } catch (error) {
      // Work that was cancelled a moment ago may not have ended yet.
      if (!(error instanceof Problem && error.status === 429) || tries === 20) throw error;
      await new Promise((done) => setTimeout(done, 300));
      signal?.throwIfAborted();
    }
  }
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let part: ReadableStreamReadResult<string>;
    try {
      part = await reader.read();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Away("the server went away while it computed");
    }
    if (part.done) throw new Away("the server went away while it computed");
    rest += part.value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const [first, second] = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const name = first.slice("event: ".length);
      const data = JSON.parse(second.slice("data: ".length));
      if (name === "progress") told(data as Progress);
      else if (name === "done") return data as T;
      else if (name === "problem") throw new Problem(data.type, data.detail);
      else if (name === "cancelled") throw new DOMException("cancelled", "AbortError");
    }
  }
}

/** Numbers questions, so that only the newest answer is shown: an older one that comes late is dropped. */
export class Latest {
  private controller: AbortController | null = null;

  /** Run a question and abort the one before; returns null if a newer one was asked meanwhile. */
  async run<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.controller?.abort();
    const own = (this.controller = new AbortController());
    try {
      const found = await question(own.signal);
      return this.controller === own ? found : null;
    } catch (error) {
      if (this.controller !== own || own.signal.aborted) return null;
      throw error;
    }
  }

  cancel(): void {
    this.controller?.abort();
    this.controller = null;
  }
}

// Where the person is: everything that makes a screen look as it does stands behind the `#` of the address, where no
// server and no log sees it. `#/records/ID?tab=links` is screen `records`, rest `[ID]`, query `tab=links`.
import { tick } from "svelte";

interface Place {
  screen: string;
  rest: string[];
  query: URLSearchParams;
}

// What stays in the address from screen to screen.
const STICKY = ["lang", "theme"];

interface Kept {
  scroll: number;
  focus: string;
  state: Map<string, unknown>;
}

// What belongs to an entry of the history, for the way back. In memory only: nothing is written down.
const kept = new Map<string, Kept>();
const MOST_KEPT = 50;

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  const [screen = "", ...rest] = path.split("/").filter((part) => part !== "").map(decoded);
  return { screen, rest, query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

let place = $state.raw<Place>(read());
let number = $state(0);

/** The place; reading it in a template follows it. */
export const route = {
  get screen(): string {
    return place.screen;
  },
  get rest(): string[] {
    return place.rest;
  },
  get query(): URLSearchParams {
    return place.query;
  },
  /** Counts the ways taken, so that one can tell another visit of the same screen. */
  get number(): number {
    return number;
  },
};

type Query = URLSearchParams | Record<string, string | undefined>;

/** The address of a screen with what stays. */
export function href(path: string, query: Query = {}): string {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const next = new URLSearchParams();
  for (const [name, value] of pairs) if (value) next.append(name, value);
  for (const name of STICKY) {
    const value = place.query.get(name);
    if (value && !next.has(name)) next.set(name, value);
  }
  const text = next.toString();
  return `#${path}${text === "" ? "" : `?${text}`}`;
}

/** The path of this place, as `href` takes it. */
export function here(): string {
  return `/${[place.screen, ...place.rest].map(encodeURIComponent).join("/")}`;
}

function entry(): string {
  const state: unknown = history.state;
  if (typeof state === "object" && state !== null && "entry" in state) return String(state.entry);
  const id = crypto.randomUUID();
  history.replaceState({ entry: id }, "");
  return id;
}

let current = entry();

function keep(): Kept {
  let mine = kept.get(current);
  if (!mine) {
    mine = { scroll: 0, focus: "", state: new Map() };
    kept.set(current, mine);
    const oldest = kept.keys().next().value;
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  }
  return mine;
}

function leave(): void {
  const mine = keep();
  mine.scroll = window.scrollY;
  mine.focus = document.activeElement?.id ?? "";
}

/** Goes to another screen; Back comes here again. */
export function goto(path: string, query: Query = {}): void {
  leave();
  current = crypto.randomUUID();
  history.pushState({ entry: current }, "", href(path, query));
  arrive();
}

/** Changes what this screen shows, without a step for Back. */
export function replace(query: Query, path: string = here()): void {
  history.replaceState({ entry: current }, "", href(path, query));
  place = read();
}

function arrive(): void {
  place = read();
  number += 1;
}

/** What this entry of the history kept under a name, if Back came to it. */
export function remembered<T>(name: string): T | undefined {
  return kept.get(current)?.state.get(name) as T | undefined;
}

/** Keeps something for the way back to this entry. */
export function remember(name: string, value: unknown): void {
  keep().state.set(name, value);
}

/** Forgets everything that was kept, as when somebody else comes in. */
export function forget(): void {
  kept.clear();
}

/** Called by a screen when what it shows is there: puts scroll and focus where they were when it was left. */
export async function settle(): Promise<void> {
  const mine = kept.get(current);
  await tick();
  if (!mine) return;
  window.scrollTo(0, mine.scroll);
  if (mine.focus !== "") document.getElementById(mine.focus)?.focus({ preventScroll: true });
}

addEventListener("popstate", () => {
  leave();
  current = entry();
  arrive();
});

// A link of the page, or an address typed by hand.
addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const address = link?.getAttribute("href");
  if (!link || !address?.startsWith("#/") || link.target !== "") return;
  event.preventDefault();
  leave();
  current = crypto.randomUUID();
  history.pushState({ entry: current }, "", address);
  arrive();
});

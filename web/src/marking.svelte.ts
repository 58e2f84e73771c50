// The strictest marking of what is on screen. Each part that shows records says their levels; the banner shows the
// strictest of them.
import { SvelteMap } from "svelte/reactivity";

/** From the strictest to the widest; what has no marking is handled like TLP:AMBER+STRICT. */
export const LEVELS = ["TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "unknown marking", "no marking", "TLP:GREEN", "TLP:CLEAR"] as const;
/** The levels that a person states, as they are sent and as they are written. */
export const STATED = [
  ["clear", "TLP:CLEAR"],
  ["green", "TLP:GREEN"],
  ["amber", "TLP:AMBER"],
  ["amber+strict", "TLP:AMBER+STRICT"],
  ["red", "TLP:RED"],
] as const;

const shown = new SvelteMap<symbol, string>();

function rank(level: string): number {
  if (level === "no marking" || level === "unknown marking") return 1;
  const at = LEVELS.findIndex((one) => one === level);
  return at < 0 ? 1 : at;
}

/** The strictest of some levels; nothing when there is none. */
export function strictest(levels: Iterable<string>): string | undefined {
  let most: string | undefined;
  for (const level of levels) if (most === undefined || rank(level) < rank(most)) most = level;
  return most;
}

/** To be called while a component is made: says for its life which levels it shows. */
export function shows(levels: () => Iterable<string>): void {
  const mine = Symbol();
  $effect(() => {
    const most = strictest(levels());
    if (most === undefined) shown.delete(mine);
    else shown.set(mine, most);
    return () => {
      shown.delete(mine);
    };
  });
}

/** The strictest level on screen. */
export function onScreen(): string | undefined {
  return strictest(shown.values());
}

// The page of a person who is away closes itself: after so long without a hand on it, the sign-in stands over it. The
// windows of one visit tell each other that somebody is there.
import { visit } from "./visit.svelte";

const HANDS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "input"] as const;
const LOOK_MS = 5_000;
const TELL_MS = 10_000;

/** Watches for the person, until it is called off. */
export function watch(): () => void {
  const others = new BroadcastChannel("comity-here");
  let last = Date.now();
  let told = 0;

  function here(): void {
    // Who comes back after too long finds the page closed.
    look();
    last = Date.now();
    if (last - told < TELL_MS || visit.over) return;
    told = last;
    others.postMessage(visit.me?.name ?? "");
  }

  function look(): void {
    const me = visit.me;
    if (me && !visit.over && Date.now() - last >= me.idle_seconds * 1_000) void visit.lost();
  }

  others.onmessage = (event: MessageEvent<unknown>): void => {
    if (event.data === visit.me?.name) last = Math.max(last, Date.now());
  };
  for (const hand of HANDS) addEventListener(hand, here, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    for (const hand of HANDS) removeEventListener(hand, here, { capture: true });
    others.close();
  };
}

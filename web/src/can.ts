// What can be done with a record on screen: the words of the node for which there is a dialog, in `acts.ts`, and the kinds
// that have a form. These stand apart, since a page shows its buttons before anybody presses one.
import type { Verb } from "./api/types";

export const ACTS = ["publish", "handling", "withdraw", "recall", "attach", "grade", "note", "link", "dispute"] as const satisfies Verb[];
export type Act = (typeof ACTS)[number];

export const isAct = (verb: Verb): verb is Act => (ACTS as readonly Verb[]).includes(verb);

/** The kinds that a form is for, in the order in which they are offered. */
export const KINDS = ["border-event", "subject", "group", "journey", "find", "attack", "plan", "training-site", "channel", "account", "payment"] as const;

// Every screen of the node. A new screen is a line here, a file in `screens/` and a title `NAME.title` in a catalogue.
import type { Component } from "svelte";
import { saying } from "./i18n/index.svelte";
import type { IconName } from "./parts/Icon.svelte";

/** The parts of the navigation, in their order. */
export const GROUPS = ["work", "knowledge", "exchange", "oversight", "house"] as const;

/** Everybody who reads records. */
export const READING = ["analyst", "release-officer", "secretariat", "data-protection", "auditor"] as const;
/** Everybody who has an account. */
export const EVERYBODY = [...READING, "administrator"] as const;

/** Who brings files in and keeps drafts. */
export const KEEPERS = ["analyst", "release-officer"] as const;

export interface Screen {
  /** The first word of the address, and the beginning of its keys in the catalogue. */
  name: string;
  load: () => Promise<{ default: Component }>;
  /** Where it stands in the navigation; left out, it is reached from other screens only. */
  group?: (typeof GROUPS)[number];
  /** Who acts in one of these sees it in the navigation; the node decides again on every question. */
  roles: readonly string[];
  /** The screen whose line in the navigation is marked while this one is open. */
  under?: string;
  icon?: IconName;
  /** The letter that opens it after `g`. */
  key?: string;
}

export const screens: Screen[] = [
  { name: "today", load: () => saying("today", import("./screens/Today.svelte")), group: "work", roles: EVERYBODY, icon: "today", key: "t" },
  { name: "records", load: () => saying("records", import("./screens/Records.svelte")), group: "knowledge", roles: READING, icon: "records", key: "r" },
  { name: "record", load: () => import("./screens/Record.svelte"), roles: READING, under: "records" },
  { name: "council", load: () => saying("council", import("./screens/Council.svelte")), group: "knowledge", roles: READING, icon: "council", key: "s" },
  { name: "session", load: () => saying("council", import("./screens/Session.svelte")), roles: READING, under: "council" },
  { name: "claim", load: () => saying("council", import("./screens/Claim.svelte")), roles: READING, under: "council" },
  { name: "decision", load: () => saying("council", import("./screens/Decision.svelte")), roles: READING, under: "council" },
  { name: "figure", load: () => saying("council", import("./screens/Figure.svelte")), roles: READING, under: "council" },
  { name: "compare", load: () => saying("council", saying("compare", import("./screens/Compare.svelte"))), group: "knowledge", roles: READING, icon: "compare", key: "b" },
  { name: "new", load: () => saying("write", import("./screens/New.svelte")), group: "work", roles: KEEPERS, icon: "add", key: "n" },
  { name: "edit", load: () => saying("write", import("./screens/Edit.svelte")), roles: KEEPERS, under: "records" },
  { name: "desk", load: () => saying("desk", import("./screens/Desk.svelte")), group: "exchange", roles: KEEPERS, icon: "desk", key: "d" },
  { name: "drafts", load: () => saying("desk", import("./screens/Drafts.svelte")), group: "exchange", roles: KEEPERS, icon: "drafts", key: "f" },
  { name: "approvals", load: () => saying("desk", import("./screens/Approvals.svelte")), group: "exchange", roles: EVERYBODY, icon: "approvals", key: "a" },
  { name: "recalls", load: () => saying("desk", import("./screens/Recalls.svelte")), group: "exchange", roles: READING, icon: "recalls", key: "c" },
  { name: "partners", load: () => saying("desk", import("./screens/Partners.svelte")), group: "exchange", roles: EVERYBODY, icon: "partners", key: "p" },
  { name: "ledger", load: () => saying("ledger", import("./screens/Ledger.svelte")), group: "oversight", roles: EVERYBODY, icon: "ledger", key: "l" },
];

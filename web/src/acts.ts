// What can be done with a record on screen. A verb that the node allows is a button when its dialog stands here; the
// dialog gets the page of the record, and says whether something was done.
import type { Component } from "svelte";
import { saying } from "./i18n/index.svelte";
import type { RecordPage } from "./api/types";
import type { Act } from "./can";

export interface ActProps {
  page: RecordPage;
  /** Closes the dialog; `done` reads the record anew. */
  close: (done: boolean) => void;
}

export const acts: Record<Act, () => Promise<{ default: Component<ActProps> }>> = {
  publish: () => saying("desk", import("./screens/record/acts/Publish.svelte")),
  handling: () => saying("desk", import("./screens/record/acts/Handling.svelte")),
  withdraw: () => saying("desk", import("./screens/record/acts/Withdraw.svelte")),
  recall: () => saying("desk", import("./screens/record/acts/Recall.svelte")),
  attach: () => saying("write", import("./screens/record/acts/Attach.svelte")),
  grade: () => saying("write", import("./screens/record/acts/Grade.svelte")),
  note: () => saying("write", import("./screens/record/acts/Note.svelte")),
  link: () => saying("write", import("./screens/record/acts/Link.svelte")),
  dispute: () => saying("write", import("./screens/record/acts/Dispute.svelte")),
};

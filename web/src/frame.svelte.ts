// What the agreement and the node name: members, collections, purposes, kinds. Asked once for a visit; the node says by
// an ETag when it has changed.
import { ask } from "./api/client";
import type { Frame } from "./api/types";

let now = $state.raw<Frame | undefined>(undefined);

export const frame = {
  get now(): Frame | undefined {
    return now;
  },
  async load(): Promise<Frame> {
    now = await ask<Frame>("GET /desk/frame");
    return now;
  },
  /** The title of a purpose; its name when the agreement no longer has it. */
  purpose(name: string): string {
    return now?.purposes[name] ?? name;
  },
  basis(name: string): string {
    return now?.legal_bases[name] ?? name;
  },
};

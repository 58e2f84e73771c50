// Who is here, and the two dialogs that every question to the node can lead to. The token against foreign pages lives
// in this module alone and dies with the page.

export type Stage = "none" | "second-factor" | "enrol" | "signed";

/** The answer of `GET /visit` and of each step of the sign-in. */
export interface Visit {
  stage: Stage;
  node: { member: string; name: string; exercise: boolean };
  me?: {
    name: string;
    member: string;
    member_name: string;
    roles: string[];
    acting: string[];
    inner: string[];
    /** Whether there is a second factor. */
    factor: boolean;
    stepped_until?: string;
    ends_at: string;
    idle_seconds: number;
  };
  token?: string;
}

export type Me = NonNullable<Visit["me"]>;

let now = $state.raw<Visit | undefined>(undefined);
let overlay = $state(false);
let dialog = $state(false);
let back: ((again: boolean) => void)[] = [];
let confirmed: ((again: boolean) => void)[] = [];

export const visit = {
  get stage(): Stage | undefined {
    return now?.stage;
  },
  get node(): Visit["node"] | undefined {
    return now?.node;
  },
  get me(): Me | undefined {
    return now?.stage === "signed" || overlay ? now?.me : undefined;
  },
  get token(): string | undefined {
    return now?.token;
  },
  /** Whether the visit ended while a page was open: the sign-in stands over it. */
  get over(): boolean {
    return overlay;
  },
  /** Whether the dialog that confirms the person is open. */
  get confirming(): boolean {
    return dialog;
  },
  /** Whether the person acts in one of these roles. */
  acts(roles: readonly string[]): boolean {
    return this.me?.acting.some((role) => roles.includes(role)) ?? false;
  },
  /** Takes what the node says. */
  is(next: Visit): void {
    if (overlay && next.stage === "signed") {
      // Somebody else: what lies under the overlay is not theirs.
      if (now?.me && next.me && now.me.name !== next.me.name) {
        location.reload();
        return;
      }
      now = next;
      overlay = false;
      for (const one of back.splice(0)) one(true);
      return;
    }
    // Under the overlay the steps of the sign-in bring their token and leave the person who was here.
    now = overlay && now?.me ? { ...next, me: now.me } : next;
  },
  /** The visit has ended: resolves when the person is back. */
  lost(): Promise<boolean> {
    if (!now?.me) return Promise.resolve(false);
    if (!overlay) now = { stage: "none", node: now.node, me: now.me };
    overlay = true;
    return new Promise((resolve) => back.push(resolve));
  },
  /** The node wants to be sure of the person: resolves true when it is, false when the person goes back. */
  confirm(): Promise<boolean> {
    dialog = true;
    return new Promise((resolve) => confirmed.push(resolve));
  },
  /** Ends the dialog that confirms. */
  answered(yes: boolean): void {
    dialog = false;
    for (const one of confirmed.splice(0)) one(yes);
  },
};

// One line that says what happened, read out too. It stays until the next one, the next screen, or a click.

interface Said {
  text: string;
  act?: { label: string; run: () => void };
}

let now = $state.raw<Said | undefined>(undefined);

export const status = {
  get said(): Said | undefined {
    return now;
  },
  /** Says something, with something that can be done about it. */
  say(text: string, act?: Said["act"]): void {
    now = act ? { text, act } : { text };
  },
  clear(): void {
    now = undefined;
  },
};

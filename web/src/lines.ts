// Moving among lines by `j` and `k`: the lines are the links or buttons that carry `data-line`.

/** Moves the focus by one line, from the first when none has it. */
export function step(root: ParentNode, by: 1 | -1): void {
  const lines = [...root.querySelectorAll<HTMLElement>("[data-line]")];
  const at = lines.findIndex((line) => line === document.activeElement || line.contains(document.activeElement));
  const next = at < 0 ? lines[by > 0 ? 0 : lines.length - 1] : lines[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/**
 * The letter or sign of a key as it is printed on a Latin keyboard, whatever letters the keyboard writes now: the same
 * key does the same with a Russian or an Arabic one.
 */
export function letter(event: KeyboardEvent): string {
  const ascii = event.key <= "~";
  // Where a Latin keyboard has `/` and `?`, a Russian one writes a point and a comma.
  if (event.code === "Slash" && (!ascii || event.key === "." || event.key === ",")) return event.shiftKey ? "?" : "/";
  if (ascii) return event.key;
  return /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase() ?? event.key;
}

/** Whether a key belongs to what is being written, not to the screen. */
export function typing(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof Element && event.target.closest("input, select, textarea, dialog, [contenteditable]") !== null;
}

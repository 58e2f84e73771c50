// Moving among lines by `j` and `k`: the lines are the links or buttons that carry `data-line`.

/** Moves the focus by one line, from the first when none has it. */
export function step(root: ParentNode, by: 1 | -1): void {
  const lines = [...root.querySelectorAll<HTMLElement>("[data-line]")];
  const at = lines.findIndex((line) => line === document.activeElement || line.contains(document.activeElement));
  const next = at < 0 ? lines[by > 0 ? 0 : lines.length - 1] : lines[at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Whether a key belongs to what is being written, not to the screen. */
export function typing(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof Element && event.target.closest("input, select, textarea, dialog, [contenteditable]") !== null;
}

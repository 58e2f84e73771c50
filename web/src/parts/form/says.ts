// What is wrong, in the language of the page where there is a sentence for it; else as the node says it.
import type { Fault } from "../../api/types";
import { has, word } from "../../i18n/index.svelte";

export function says(fault: Fault): string {
  if (has(`wrong.${fault.code}`)) return word("wrong", fault.code);
  return fault.message === "" ? word("wrong", "form-pattern") : fault.message;
}

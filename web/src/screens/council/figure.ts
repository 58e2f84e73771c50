// A number of a claim as it was given: how it is meant, its digits, its unit.
import type { Quantity, Time } from "../../api/council";
import { language, t, word } from "../../i18n/index.svelte";

/** Digits with the marks of the language between them. The number itself is not changed, however long it is. */
export function digits(value: string): string {
  const [whole = "", fraction] = value.split(".");
  const parts = new Intl.NumberFormat(`${language()}-u-nu-latn`).formatToParts(1234567.5);
  const mark = parts.find((part) => part.type === "group")?.value ?? "";
  const point = parts.find((part) => part.type === "decimal")?.value ?? ".";
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, mark) : whole;
  return fraction === undefined ? grouped : `${grouped}${point}${fraction}`;
}

/** `about 30,000`; words where words were given. */
export function figure(quantity: Quantity): string {
  if (quantity.value === undefined) return quantity.in_words?.text ?? "";
  const value = digits(quantity.value);
  return quantity.bound === "exactly" ? value : t("council.meant", { how: word("council.bound", quantity.bound), value });
}

/** A time as ISO 8601 writes its ends. */
export function time(period: Time): string {
  if (period.from !== undefined && period.from === period.until) return period.from;
  if (period.from !== undefined && period.until !== undefined) return t("council.from-until", { from: period.from, until: period.until });
  return period.from !== undefined ? t("council.from", { from: period.from }) : t("council.until", { until: period.until ?? "" });
}

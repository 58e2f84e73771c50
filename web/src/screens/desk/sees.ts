// From what each member sees of one record to the table that the desk shows.
import type { MemberSees } from "../../api/desk";
import type { Sight } from "../../api/types";

/** One line a member, whoever would see least first. */
export function byMember(sights: Sight[]): MemberSees[] {
  const rank = { nothing: 0, part: 1, whole: 2 } as const;
  return [...sights]
    .sort((one, other) => rank[one.view] - rank[other.view] || one.member.localeCompare(other.member))
    .map((one) => ({
      member_id: one.member_id,
      member: one.member,
      has_key: one.has_key,
      whole: one.view === "whole" ? 1 : 0,
      part: one.view === "part" ? 1 : 0,
      nothing: one.view === "nothing" ? 1 : 0,
      why: [{ view: one.view, rules: one.rules, why: one.why, count: 1 }],
      duties: one.duties ?? [],
    }));
}

/** The level in words that a handling states. */
export function levelOf(handling: Record<string, unknown>): string {
  const tlp = handling["tlp"];
  return typeof tlp === "string" ? `TLP:${tlp.toUpperCase()}` : "no marking";
}

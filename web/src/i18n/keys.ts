// The keys of all sentences: those of the English files, one line for each area.
import type beside from "./en/beside.json";
import type compare from "./en/compare.json";
import type council from "./en/council.json";
import type desk from "./en/desk.json";
import type detail from "./en/detail.json";
import type ledger from "./en/ledger.json";
import type record from "./en/record.json";
import type records from "./en/records.json";
import type rule from "./en/rule.json";
import type shell from "./en/shell.json";
import type today from "./en/today.json";
import type visit from "./en/visit.json";
import type why from "./en/why.json";
import type words from "./en/words.json";
import type write from "./en/write.json";

export type Key =
  | keyof typeof beside
  | keyof typeof compare
  | keyof typeof council
  | keyof typeof desk
  | keyof typeof detail
  | keyof typeof ledger
  | keyof typeof record
  | keyof typeof records
  | keyof typeof rule
  | keyof typeof shell
  | keyof typeof today
  | keyof typeof visit
  | keyof typeof why
  | keyof typeof words
  | keyof typeof write;

// A file that is to be brought in, with what is stated beside it, as the node takes it.
import { ask } from "../../api/client";
import type { Dry, Statement, Summary } from "../../api/desk";
import type { Got } from "../../api/types";

/** A file, where it goes, and what is stated beside it. */
export interface Brought {
  file: File;
  collection: string;
  statement: Statement;
}

/** JSON as base64url without padding, which a header can carry in any language. */
export function header(statement: Statement): string {
  const bytes = new TextEncoder().encode(JSON.stringify(statement));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function sent(one: Brought): { body: File; query: Record<string, string>; headers: Record<string, string> } {
  return {
    body: one.file,
    query: { collection: one.collection, name: one.file.name },
    headers: { "x-comity-statement": header(one.statement), "content-type": "application/octet-stream" },
  };
}

/** What would become of it, and who would see it. */
export function look(one: Brought, signal: AbortSignal): Promise<Dry> {
  return ask<Dry>("POST /desk/import/look", { ...sent(one), signal });
}

/** What a member would get of it, from this object on. */
export function got(one: Brought, member: string, at: number): Promise<Got[]> {
  const { query, ...rest } = sent(one);
  return ask<Got[]>("POST /desk/import/look/{member}", { ...rest, query: { ...query, at }, at: { member } });
}

/** Keeps it as drafts. */
export function keep(one: Brought): Promise<Summary> {
  return ask<Summary>("POST /desk/import/drafts", sent(one));
}

/** Publishes it; what takes a second person then waits for one. */
export function publish(one: Brought): Promise<Summary> {
  return ask<Summary>("POST /desk/import", sent(one));
}

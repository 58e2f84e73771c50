// The one way from the screens to the node. Nothing here decides who may see what: the node does, and says so.
import { visit, type Visit } from "../visit.svelte";
import type { Fault } from "./types";

/** A refusal of the node, in the form of RFC 9457. */
export class Problem extends Error {
  readonly status: number;
  /** A word for programs, such as `sign-in`, `role`, `step-up`; empty when the node gave none. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** What is wrong at which place of what was sent. */
  readonly faults: Fault[];
  /** The id of the request, by which the node's log knows it. */
  readonly request: string;
  /** Seconds to wait, where the node asks for that. */
  readonly wait: number;

  constructor(status: number, body: Record<string, unknown>, request: string, wait: number) {
    const text = (name: string): string => (typeof body[name] === "string" ? body[name] : "");
    super(text("detail") || text("title") || String(status));
    this.status = status;
    this.code = text("code") || (status === 0 ? "offline" : "");
    this.title = text("title");
    this.detail = text("detail");
    this.faults = Array.isArray(body["faults"]) ? (body["faults"] as Fault[]) : [];
    this.request = request;
    this.wait = wait;
  }
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";
/** A method and a path as the OpenAPI document has it, below `/api/v1`: a test looks each up there. */
export type Call = `${Method} /${string}`;

export interface Options {
  /** What stands for `{name}` in the path. */
  at?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined | null> | URLSearchParams;
  /** Sent as JSON, or as it is when it is a file. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether a timer asks and not the person: such a question does not keep the visit alive. */
  unattended?: boolean;
}

const tags = new Map<string, { etag: string; body: unknown }>();

function address(path: string, options: Options): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.at?.[name] ?? ""));
  const query = new URLSearchParams();
  const pairs = options.query instanceof URLSearchParams ? [...options.query] : Object.entries(options.query ?? {});
  for (const [name, value] of pairs) {
    if (value !== undefined && value !== null && value !== "") query.append(name, String(value));
  }
  const text = query.toString();
  return `/api/v1${filled}${text === "" ? "" : `?${text}`}`;
}

/** The address of what the browser is to fetch itself: a file that somebody keeps. */
export function link(call: Call, options: Options): string {
  return address(call.split(" ", 2)[1] ?? "/", options);
}

async function send(call: Call, options: Options): Promise<Response> {
  const [method = "GET", path = "/"] = call.split(" ", 2);
  const url = address(path, options);
  const headers = new Headers({ accept: "application/json", ...options.headers });
  if (options.unattended) headers.set("x-comity-unattended", "1");
  let body: BodyInit | null = null;
  if (options.body instanceof Blob) {
    body = options.body;
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
  } else if (options.body !== undefined) {
    headers.set("content-type", "application/json");
    body = JSON.stringify(options.body);
  }
  if (method !== "GET" && visit.token) headers.set("x-comity-token", visit.token);
  const known = method === "GET" ? tags.get(url) : undefined;
  if (known) headers.set("if-none-match", known.etag);
  try {
    return await fetch(url, { method, headers, body, signal: options.signal ?? null, credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, {}, "", 0);
  }
}

async function refusal(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => ({}));
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const wait = Number(answer.headers.get("retry-after") ?? 0);
  return new Problem(answer.status, fields, answer.headers.get("x-request-id") ?? "", Number.isFinite(wait) ? wait : 0);
}

async function taken<T>(call: Call, options: Options, answer: Response): Promise<T> {
  const [method, path = "/"] = call.split(" ", 2);
  const url = address(path, options);
  if (answer.status === 304) {
    const known = tags.get(url);
    if (known) return known.body as T;
  }
  if (!answer.ok) throw await refusal(answer);
  if (answer.status === 204) return undefined as T;
  const body: unknown = await answer.json();
  const etag = answer.headers.get("etag");
  if (method === "GET" && etag) tags.set(url, { etag, body });
  return body as T;
}

/** Asks the node once, without the dialogs for signing in and for confirming: for the screens of the sign-in itself. */
export async function askOnce<T>(call: Call, options: Options = {}): Promise<T> {
  return taken<T>(call, options, await send(call, options));
}

// The person signed in anew in another window: the token of this page is an old one.
async function renewed(): Promise<boolean> {
  const next = await askOnce<Visit>("GET /visit");
  if (next.stage !== "signed") return visit.lost();
  if (next.me?.name !== visit.me?.name) {
    // Somebody else: what lies on this page is not theirs.
    location.reload();
    return new Promise(() => undefined);
  }
  visit.is(next);
  return true;
}

// What can be done about a refusal, so that the same can be asked again.
const remedies: Record<string, () => Promise<boolean>> = {
  "sign-in": () => visit.lost(),
  "step-up": () => visit.confirm(),
  "foreign-page": renewed,
};

/**
 * Asks the node. When the visit has ended, the person signs in over the page as it stands and the question is asked
 * again; likewise when the node wants the person confirmed, and when the person signed in anew in another window. Each
 * of these is tried once.
 */
export async function ask<T>(call: Call, options: Options = {}): Promise<T> {
  const tried = new Set<string>();
  for (;;) {
    try {
      return await askOnce<T>(call, options);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const code = error.status === 401 ? "sign-in" : error.status === 403 ? error.code : "";
      const remedy = remedies[code];
      if (!remedy || tried.has(code) || !(await remedy())) throw error;
      tried.add(code);
    }
  }
}

/** Forgets every answer, as when somebody else comes in. */
export function forgetAnswers(): void {
  tags.clear();
}

/** Looks who is here. */
export async function look(): Promise<void> {
  visit.is(await askOnce<Visit>("GET /visit"));
}

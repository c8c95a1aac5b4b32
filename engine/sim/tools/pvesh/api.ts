import type { Schema } from "../../pve/command/schema.ts";

import type { Session } from "../../session.ts";
import type { ToolResult } from "../../tool.ts";

/** What the API answers with, before it is printed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

export interface ApiCall {
  readonly session: Session;
  /** What stands in the path's `{…}`. */
  readonly path: Readonly<Record<string, string>>;
  /** Options by name; booleans are `1` or `0`, of a list's several the texts are joined by line feeds. */
  readonly options: ReadonlyMap<string, string>;
}
/** What to print; with a ToolResult the call has failed, or printed by itself. */
export type ApiAnswer = { readonly data: Json; readonly stdout?: string; readonly stderr?: string } | ToolResult;

/** Numbers stand at the right of theirs. */
export type Column = string | { readonly right: string };

export interface ApiMethod {
  readonly options?: Readonly<Record<string, Schema>>;
  /** Options that must be given; they stand in the usage line. */
  readonly required?: readonly string[];
  /** Options that may be given several times. */
  readonly lists?: readonly string[];
  /** A list as text: the columns, in the order of the API's schema. Unsaid: only JSON is imitated. */
  readonly columns?: readonly Column[];
  /** Throws PveError to fail. */
  run(call: ApiCall): ApiAnswer;
}
/**
 * A path of the API: `/nodes/{node}/storage/{storage}`. A last `{name...}` takes the rest, slashes and all. `{node}` is
 * the node itself: another name does not get as far as the method.
 */
export interface ApiPath {
  readonly path: string;
  readonly get?: ApiMethod;
  readonly set?: ApiMethod;
  readonly create?: ApiMethod;
  readonly delete?: ApiMethod;
}

import type { Session } from "../../session.ts";
import { says, type ToolResult } from "../../tool.ts";
import { sectionsOf } from "./config.ts";
import { error } from "./given.ts";

/** Endpoints of s3.cfg, and whether a bucket answers: one whose name begins with `missing` does not. */
export function s3(session: Session, verb: string, plain: readonly string[]): ToolResult | null {
  const endpoints = sectionsOf(session, "s3").filter(({ type }) => type === "s3client");
  if (verb === "endpoint" && plain[0] === "list") {
    const shown = endpoints.map(({ id, options }) => ({
      id,
      ...Object.fromEntries([...options].filter(([key]) => key !== "secret-key")),
    }));
    return says(`${JSON.stringify(shown)}\n`);
  }
  const [id = "", bucket = ""] = plain;
  if (verb !== "check" || bucket === "") return null;
  if (!endpoints.some((each) => each.id === id)) return error(`no such s3client '${id}'`);
  session.spend(800);
  if (bucket.startsWith("missing")) return error("head object failed: unexpected status code 404 Not Found");
  return says("");
}

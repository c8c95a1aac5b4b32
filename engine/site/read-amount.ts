import { parseDuration } from "../text/duration.ts";
import { nearest } from "../text/nearest.ts";
import type { ValueSource } from "../value/expression.ts";
import type { Node } from "../value/node.ts";
import { connectionKinds } from "./connection-kinds.ts";
import { isText, type Report, wrongType } from "./expect.ts";
import { hasTemplate, readValue } from "./read-value.ts";

/** The longest length of time that a keyword takes: thirty days. */
export const longestSeconds = 2_592_000;

/** A length of time, or a template that makes one. */
export function readLength(node: Node, what: string, report: Report): ValueSource | undefined {
  if (hasTemplate(node)) return readValue(node, report);
  const { value } = node.kind === "scalar" ? node : { value: null };
  const seconds = typeof value === "number" || typeof value === "string" ? parseDuration(value) : undefined;
  if (seconds !== undefined && seconds <= longestSeconds) return readValue(node, report);
  const wanted = `whole seconds from 0 to ${longestSeconds} (thirty days), or a text such as 30s or 5m`;
  return wrongType(node, what, wanted, report, typeof value === "string" ? `it says "${value}"` : undefined);
}

/** More tries than this are a mistake, and so are as many hosts at a time. */
const most = 1_000_000;

/** A number of times, or a template that makes one. */
export function readCount(node: Node, what: string, least: number, report: Report): ValueSource | undefined {
  if (hasTemplate(node)) return readValue(node, report);
  const { value } = node.kind === "scalar" ? node : { value: null };
  const whole = typeof value === "number" && Number.isInteger(value);
  if (whole && value >= least && value <= most) return readValue(node, report);
  const quoted = isText(node) && /^\d+$/.test(node.value);
  const hint = quoted ? `write it without quotes: \`${what}: ${node.value}\`` : undefined;
  return wrongType(node, what, `a whole number from ${least} to ${most}`, report, hint);
}

/** One of the ways to a host, or a template that names one. */
export function readConnection(node: Node, report: Report): ValueSource | undefined {
  if (hasTemplate(node)) return readValue(node, report);
  if (!isText(node)) return wrongType(node, "connection", "a text", report);
  const kinds: readonly string[] = connectionKinds;
  if (kinds.includes(node.value)) return readValue(node, report);
  const guess = nearest(node.value, kinds);
  report({
    code: "unknown-connection",
    message: `\`connection\` knows no \`${node.value}\``,
    place: node.place,
    hint: guess === undefined ? `known are ${kinds.join(", ")}` : `did you mean ${guess}?`,
  });
  return undefined;
}

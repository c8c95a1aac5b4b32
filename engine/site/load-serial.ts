import type { ValueSource } from "../value/expression.ts";
import type { Node } from "../value/node.ts";
import { isText, type Report, wrongType } from "./expect.ts";
import { hasTemplate, readValue } from "./read-value.ts";

const hint = "write a number of hosts, a share such as `30%`, or a list of them";

/** Sizes of batches: numbers, shares of the play's hosts, or a list of both; templates of each. 0: all that are left. */
export function readSerial(node: Node, report: Report): ValueSource | undefined {
  if (node.kind !== "list") return checkSize(node, report) ? readValue(node, report) : undefined;
  if (node.items.length === 0) {
    report({ code: "wrong-value", message: "`serial` is an empty list", place: node.place, hint });
    return undefined;
  }
  const wrong = node.items.filter((item) => !checkSize(item, report));
  return wrong.length > 0 ? undefined : readValue(node, report);
}

function checkSize(node: Node, report: Report): boolean {
  if (hasTemplate(node)) return true;
  const { value } = node.kind === "scalar" ? node : { value: null };
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return true;
  if (isText(node) && batchShare(node.value) !== undefined) return true;
  wrongType(node, "serial", "a whole number from 0, or a share from 1% to 100%", report, hint);
  return false;
}

/** `30%` → 30; undefined for what is no share. */
export function batchShare(text: string): number | undefined {
  const digits = /^(\d{1,3})%$/.exec(text.trim())?.[1];
  const share = digits === undefined ? 0 : Number(digits);
  return share >= 1 && share <= 100 ? share : undefined;
}

/** `max_fail_percentage`: a number from 0 to 100, also as `30%`, or a template. */
export function readFailShare(node: Node, report: Report): ValueSource | undefined {
  if (hasTemplate(node)) return readValue(node, report);
  const { value } = node.kind === "scalar" ? node : { value: null };
  if (failShare(value) !== undefined) return readValue(node, report);
  return wrongType(node, "max_fail_percentage", "a number from 0 to 100", report, "it is a share: 30 means 30%");
}

export function failShare(value: unknown): number | undefined {
  const text = typeof value === "string" ? /^(\d{1,3}(?:\.\d+)?)%?$/.exec(value.trim())?.[1] : undefined;
  const share = text === undefined ? value : Number(text);
  return typeof share === "number" && share >= 0 && share <= 100 ? share : undefined;
}

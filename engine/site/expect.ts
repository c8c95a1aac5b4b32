import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { ListNode, MapNode, Node, ScalarNode } from "../value/node.ts";

/** Takes what is found wrong. Loaders go on after a report, so that one run tells everything. */
export type Report = (diagnostic: Diagnostic) => void;

export interface Named {
  readonly name: string;
  readonly place: Place;
}

/** What a node is, in users' words: "a text", "a list". */
export function describe(node: Node): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return "a text";
  return typeof node.value === "number" ? `the number ${node.value}` : String(node.value);
}

export function wrongType(node: Node, what: string, expected: string, report: Report, hint?: string): undefined {
  if (node.broken) return undefined;
  report({
    code: "wrong-type",
    message: `${what.includes(" ") ? what : `\`${what}\``} must be ${expected}, not ${describe(node)}`,
    place: node.place,
    ...(hint === undefined ? {} : { hint }),
  });
}

export function isText(node: Node): node is ScalarNode & { readonly value: string } {
  return node.kind === "scalar" && typeof node.value === "string";
}

/** A text with something in it, that holds no template: the engine must know it before there are hosts. */
export function expectText(node: Node, what: string, report: Report): string | undefined {
  if (!isText(node)) {
    const number = node.kind === "scalar" && typeof node.value === "number";
    return wrongType(node, what, "a text", report, number ? "put it in quotes" : undefined);
  }
  if (node.value.trim() === "") {
    report({ code: "wrong-type", message: `\`${what}\` is empty`, place: node.place });
    return undefined;
  }
  if (node.tag !== "!raw" && (node.tag !== undefined || node.value.includes("{{"))) {
    report({
      code: "no-template-here",
      message: `\`${what}\` cannot be a template: it must be known before any host is`,
      place: node.place,
      hint: "write it out",
    });
    return undefined;
  }
  return node.value;
}

const yaml11 = new Map([
  ["yes", true],
  ["on", true],
  ["no", false],
  ["off", false],
]);

/** `yes` and its like are texts in YAML 1.2. Where only a boolean makes sense they are taken as what they mean, with a warning. */
export function yaml11Boolean(node: Node, what: string, report: Report): boolean | undefined {
  const value = isText(node) && node.tag === undefined ? yaml11.get(node.value.toLowerCase()) : undefined;
  if (value === undefined || !isText(node)) return undefined;
  report({
    code: "yaml11-boolean",
    severity: "warning",
    message: `\`${node.value}\` is a text in YAML 1.2; it is read as ${value} here`,
    place: node.place,
    hint: `write \`${what}: ${value}\``,
  });
  return value;
}

export function expectBoolean(node: Node, what: string, report: Report): boolean | undefined {
  if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
  const meant = yaml11Boolean(node, what, report);
  return meant ?? wrongType(node, what, "true or false", report);
}

export function expectInteger(
  node: Node,
  what: string,
  range: { readonly min: number; readonly max: number },
  report: Report,
): number | undefined {
  if (node.kind === "scalar" && typeof node.value === "number" && Number.isInteger(node.value)) {
    if (node.value >= range.min && node.value <= range.max) return node.value;
    return wrongType(node, what, `from ${range.min} to ${range.max}`, report);
  }
  return wrongType(node, what, "a whole number", report);
}

/** A text or a list of texts. */
export function expectNames(node: Node, what: string, report: Report): readonly Named[] {
  const items = node.kind === "list" ? node.items : [node];
  if (node.kind === "map") {
    wrongType(node, what, "a text or a list of texts", report);
    return [];
  }
  return items.flatMap((item) => {
    const name = expectText(item, what, report);
    return name === undefined ? [] : [{ name, place: item.place }];
  });
}

export function expectMap(node: Node, what: string, report: Report): MapNode | undefined {
  return node.kind === "map" ? node : wrongType(node, what, "a map", report);
}

export function expectList(node: Node, what: string, report: Report): ListNode | undefined {
  return node.kind === "list" ? node : wrongType(node, what, "a list", report);
}

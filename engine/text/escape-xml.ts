import { printable } from "./printable.ts";

/**
 * Text of a user or a host made safe inside of elements and attributes of HTML, SVG and XML: marks become references, what
 * no XML document may hold (control characters, halves of surrogates) becomes something that it may.
 */
export function escapeXml(text: string): string {
  return printable(text)
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/**
 * Text from hosts made safe for a terminal: escape sequences could move the cursor, retitle the window or rewrite what
 * was printed before. Control characters become their pictures (`␛`), tabs four spaces, CRLF a line break.
 */
export function printable(text: string): string {
  if (!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(text)) return text;
  return (
    text
      .replace(/\r\n/g, "\n")
      .replace(/\t/g, "    ")
      .replace(/[\x00-\x09\x0b-\x1f]/g, (control) => String.fromCodePoint(0x2400 + control.charCodeAt(0)))
      .replace(/\x7f/g, "␡")
      // C1 controls, and those that turn the direction of writing and so can make a line read as another one.
      .replace(/[\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "�")
  );
}

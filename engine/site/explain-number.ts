/** What is wrong with a number as it is written, if anything is. */
export function explainNumber(
  value: number,
  written: string,
): { code: string; message: string; hint: string } | undefined {
  const quoted = `put it in quotes: "${written}"`;
  // YAML 1.1 read 0644 as octal; a file mode of decimal 644 is 01204, and nothing would tell.
  if (/^[-+]?0[0-9]+$/.test(written)) {
    return {
      code: "leading-zero",
      message: `${written} is the number ${value} in YAML 1.2, the zero is lost`,
      hint: quoted,
    };
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?(\d+|0x[\da-fA-F]+|0o[0-7]+)$/.test(written)) {
    return {
      code: "unsafe-integer",
      message: `${written} is too large a number: its last digits would be lost`,
      hint: quoted,
    };
  }
  if (!Number.isFinite(value)) {
    return {
      code: "not-finite",
      message: `${written} is not a number that can be reckoned with`,
      hint: `${quoted}, or give a number`,
    };
  }
  return undefined;
}

/** Where something is mounted, from /proc/mounts: the second word of each line, with blanks written as `\040`. */
export function mountPoints(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const target = line.split(" ")[1];
    return target === undefined
      ? []
      : [target.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
}

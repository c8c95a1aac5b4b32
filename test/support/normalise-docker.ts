/** What differs between two runs of Docker's own tools, and so is not compared. */
const TABLE: readonly (readonly [what: string, pattern: RegExp, replacement: string | ((found: string) => string)])[] =
  [
    [
      "steps of a project, which go side by side",
      /^(?: (?:Container|Network|Volume|[\w-]+) .*(?:\n|$))+/gm,
      sortedLines,
    ],
    ["times of the log", /^time="[^"]+"/gm, 'time="<time>"'],
    [
      "the storage driver of a machine without overlays",
      /"GraphDriver":(?: \{[\s\S]*?\n {8}\}|\{.*?\}(?=,))/g,
      '"GraphDriver": <driver>',
    ],
    ["ids", /\b[0-9a-f]{64}\b/g, "<id>"],
    ["shortened ids", /\b[0-9a-f]{14}…/g, "<id>…"],
    ["short ids", /\b[0-9a-f]{12}\b/g, "<short>"],
    ["columns of ids and sizes", /(?: {2,}|\t)(?=\S)/g, "  "],
    ["widths of an empty column", / +$/gm, ""],
    ["moments", /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<moment>"],
    ["moments for people", /\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, "<moment>"],
    ["how long ago", /(?:Less than a second|\d+ (?:second|minute|hour|day|week)s?|About an? \w+)(?= ago)/g, "<time>"],
    ["how long it is up", /\bUp (?:Less than a second|\d+ (?:second|minute)s?|About a minute)/g, "Up <time>"],
    ["processes", /"Pid": ?[1-9]\d*/g, '"Pid":<pid>'],
    ["a process alone", /^[1-9]\d{3,}$/gm, "<pid>"],
    ["addresses of containers", /\b172\.\d+\.\d+\.\d+/g, "<address>"],
    ["hardware addresses", /\b02:42(?::[0-9a-f]{2}){4}\b/g, "<mac>"],
    ["sizes of images", /"(Size|VirtualSize)": \d+/g, '"$1": <bytes>'],
    ["sizes for people", /\b\d+(?:\.\d+)?[kM]B\b/g, "<size>"],
    [
      "what a layer was before",
      /^<short>: (?:Pulling fs layer|Download complete|Pull complete|Already exists)\n/gm,
      "",
    ],
    ["the same by its name", /"Driver": "(?:vfs|overlay2)"/g, '"Driver": <driver>'],
    ["control groups of the transcript's kernel", /"CgroupnsMode": ?"\w+"/g, '"CgroupnsMode":<mode>'],
    ["both for people", /^(?:vfs|overlay2) (\S+) [12] /gm, "<driver> $1 <cgroup> "],
    ["confinement, which the transcript's kernel lacks", /"AppArmorProfile": "[^"]*"/g, '"AppArmorProfile": <profile>'],
    ["the order of labels in a list", /(?<="Labels":")[^"]*(?=")/g, (found) => found.split(",").sort().join(",")],
    ["which of several containers came first", /^(media-\S+ \w+ \S+\n)+/gm, sortedLines],
    ["the order of what has no order", /^<id>$(?:\n<id>$)+/gm, "<ids>"],
  ];

function sortedLines(lines: string): string {
  return `${lines
    .split("\n")
    .filter((line) => line !== "")
    .sort()
    .join("\n")}\n`;
}

export function normaliseDocker(text: string): string {
  return TABLE.reduce(
    (result, [, pattern, replacement]) =>
      typeof replacement === "string"
        ? result.replace(pattern, replacement)
        : result.replace(pattern, (found) => replacement(found)),
    text,
  );
}

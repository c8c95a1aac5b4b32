/** What differs between two runs of the same real tool, and so is not compared: the one table of it. */
type Replacement = string | ((found: string, ...groups: readonly string[]) => string);
const sorted = (words: string) => words.split(",").sort().join(",");

const TABLE: readonly (readonly [what: string, pattern: RegExp, replacement: Replacement])[] = [
  ["UUIDs", /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  ["generated hardware addresses", /\bBC:24:11(:[0-9A-F]{2}){3}\b/g, "<mac>"],
  ["fingerprints of new SSH host keys", /SHA256:[A-Za-z0-9+/]{43} root@\S+/g, "<fingerprint>"],
  ["the order in which SSH host keys are made", /^(Creating SSH host key 'ssh_host_)\w+(_key')/gm, "$1<type>$2"],
  ["digests of configurations", /\b[0-9a-f]{40}\b/g, "<sha1>"],
  ["fingerprints of certificates", /"ssl_fingerprint" : "[0-9A-F:]+"/g, '"ssl_fingerprint" : "<fingerprint>"'],
  ["checksums of archives", /\b[0-9a-f]{128}\b/g, "<sha512>"],
  ["process ids in names of downloads", /\.tmp_dwnl\.\d+/g, ".tmp_dwnl.<pid>"],
  ["amounts and rates of an unpacked archive", /^Total bytes read: .*$/gm, "<bytes read>"],
  ["superblocks of mkfs", /^Superblock backups stored on blocks: \n(?:\t[\d, ]+\n?)*/gm, "<superblocks>\n"],
  ["sizes of mkfs", /^Creating filesystem with \d+ [14]k blocks and \d+ inodes$/gm, "<mkfs>"],
  [
    "the order of a storage's contents and nodes",
    /^(\t(?:content|nodes) )(\S+)$/gm,
    (_, key = "", words = "") => `${key}${sorted(words)}`,
  ],
  ["the same as JSON", /("content" ?: ?")([a-z,]+)"/g, (_, key = "", words = "") => `${key}${sorted(words)}"`],
  ["what Perl says about Proxmox VE's own code", /^Use of uninitialized value .* at \/usr\/share\/perl5\/.*\n/gm, ""],
  ["how full a storage is", /^(\S+ +[a-z]+ +active) +\d+ +\d+ +\d+ +[\d.]+%$/gm, "$1 <space>"],
  ["the same as JSON, and times", /"(avail|total|used|used_fraction|ctime)" : [\d.e-]+/g, '"$1" : <number>'],
  ["the next run of a job", /("next-run" ?: ?)\d+/g, "$1<time>"],
  [
    "the order of a group's nodes as JSON",
    /("nodes" ?: ?")([^"]*)"/g,
    (_, key = "", words = "") => `${key}${sorted(words)}"`,
  ],
  ["the order of records in a list on one line", /^\[\{.*\}\]$/gm, sortedLine],
  ["the order of records in a list", /^\[\n {3}\{\n[\s\S]*^\]$/gm, sortedRecords],
  ["times of snapshots", /^snaptime: \d+$/gm, "snaptime: <time>"],
  ["dates and times in lists", /\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "<time>"],
  ["times in ls -l", /\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?= )/g, "<time>"],
  ["process ids of newuidmap", /(?<=": new[ug]idmap )\d+/g, "<pid>"],
  ["addresses made from generated hardware addresses", /\bfe80::be24:11ff:fe[\da-f]{2}:[\da-f]{1,4}/g, "<link-local>"],
  ["interfaces' numbers on the node", /@if\d+ */g, "@if<n> "],
  [
    "usage and sizes of a running container",
    /^cpus: \d+\n(?:\w+: .*\n)*vmid: \d+$/gm,
    (found) => found.replace(/^(disk|diskread|diskwrite|maxdisk|mem|netin|netout|pid|swap|uptime): \d+$/gm, "$1: <n>"),
  ],
  [
    "counts of rsync",
    /^(?:Number of (?:created |deleted |regular )?files|Total|Literal|Matched|File list|sent|total size)\b.*$/gm,
    "<rsync>",
  ],
  ["counts of e2fsck", /: (?:clean, )?\d+\/\d+ files(?: \([\d.]+% non-contiguous\))?, \d+\/\d+ blocks$/gm, ": <files>"],
  [
    "how full a ZFS dataset is, and its numbers",
    /^((?:[^\t\n]+\t)?(?:used\w*|available|referenced|written|logical\w+|(?:ref)?compressratio|createtxg|objsetid)\t)[\d.]+[BKMGTx]?\t/gm,
    "$1<space>\t",
  ],
  ["the same in lists", /^([^\t\n]+)(?:\t[\d.]+[BKMGT]?){3}\t(?=\/|none$|legacy$)/gm, "$1\t<space>\t"],
  ["the same for people", /(?: +[\d.]+[BKMGT]){3} {2}(?=\/|none$|legacy$)/gm, "  <space>  "],
  ["the same of snapshots", /^([^\t\n]+@\w+)\t\d+\t\d+\t(\d{10})\t\d+$/gm, "$1\t<space>\t$2\t<txg>"],
  [
    "the same as JSON of ZFS",
    /"createtxg":"?\d+"?|(?<="(?:used|available|referenced)":\{"value":)"?[\d.]+[BKMGT]?"?/g,
    "<space>",
  ],
  ["sizes of ZFS streams", /^((?:full|incremental)\t.*|size)\t\d+$/gm, "$1\t<size>"],
  ["guids of ZFS", /\b(?!18446744073709551615)\d{17,20}\b/g, "<guid>"],
  ["times in the transcripts of ZFS", /\b17952\d{5}\b/g, "<epoch>"],
  ["dates", /\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?(?: UTC)? \d{4}\b/g, "<date>"],
  ["numbers that ZFS gives to what it makes", /\b[1-9]\d{16,18}\b|\b1\d{19}\b/g, "<guid>"],
  ["dates of ctime", /\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (UTC )?\d{4}\b/g, "<date>"],
  [
    "how full a pool and its vdevs are, for scripts",
    /^(\t?[^\t\n]+\t[\d.]+[KMGT]?)\t[\d.]+[KMGT]?\t[\d.]+[KMGT]?\t-\t-\t\d+%?\t[\d.]+%?\t/gm,
    "$1\t<space>\t",
  ],
  [
    "the same for people",
    /^( *\S+ +[\d.]+[KMGT]) +[\d.]+[KMG]? +[\d.]+[KMGT] +- +- +\d+% +[\d.]+%(?= )/gm,
    "$1 <space>",
  ],
  [
    "the same as properties",
    /^((?:\S+\t)?(?:allocated|capacity|checkpoint|fragmentation|free|read_ops|write_ops|read_bytes|write_bytes)\t)[\d.]+[KMGT%]?\t/gm,
    "$1<number>\t",
  ],
  ["amounts and times of scans", /\b(repaired|resilvered|copied) [\d.]+[BKMG]? in [\d:hm]+/g, "$1 <n> in <time>"],
  ["how much a scan has to do", /(?<= \/ )[\d.]+[BKMGT](?= (?:scanned|issued))|[\d.]+[BKMGT](?= total$)/gm, "<bytes>"],
  ["what a checkpoint holds", /(?<=, consumes )[\d.]+[BKMG]/g, "<bytes>"],
  [
    "amounts in the JSON of pools",
    /"(alloc_space|rep_dev_size|to_examine|examined|skipped|processed|issued|issued_bytes_per_scan|pass_start|txg)":("[^"]*"|\d+)/g,
    '"$1":"<number>"',
  ],
  [
    "the same of properties",
    /"(allocated|free|fragmentation|capacity)":\{"value":("[\d.]+[BKMGT%]?"|\d+)/g,
    '"$1":{"value":"<number>"',
  ],
  ["how full a container's file systems are", /^(rootfs|mp\d+)( +\S+)(?: +[\d.]+[BKMGT]){3} +[\d.]+/gm, "$1$2 <space>"],
  ["columns of that", /^MP +Volume +Size +Used +Avail +Use% +Path$/gm, "MP <columns>"],
  ["how much was trimmed", / [\d.]+ MiB \(\d+ bytes\) trimmed$/gm, " <bytes> trimmed"],
  ["the order of a format's errors", /(?<=^format error\n)(?:\w+: .*\n?)+/gm, sortedLines],
  ["the order of a result's errors", /(?<=^400 Result verification failed\n)(?:.*\n)*?(?=pct )/gm, sortedLines],
  [
    "when a machine was made, and by which QEMU",
    /^((?:cur )?meta: creation-qemu=)[\d.]+,ctime=(?:\d+|<epoch>)$/gm,
    "$1<version>,ctime=<epoch>",
  ],
  ["how often a copy says that it is done", /^(transferred (\S+ \w+) of \2 \(100\.00%\)\n)\1+/gm, "$1"],
  ["versions of QEMU's machines", /\bpc-(q35|i440fx)-\d+\.\d+(?:\+pve\d+)?/g, "pc-$1-<version>"],
  ["hashes of passwords, and their salts", /\$5\$[./A-Za-z0-9]{8}\$[./A-Za-z0-9]{43}/g, "<hash>"],
  ["processes of virtual machines in a list", /^( +\d+ \S.* running +[\d.]+ +[\d.]+ )\d+ *$/gm, "$1<pid>"],
  [
    "usage of a running virtual machine",
    /^cpus: \d+\n(?:\t*\w+:.*\n)*pid: \d+\n(?:\w+: .*\n)*vmid: \d+$/gm,
    (found) => found.replace(/^(\t*)(mem|netin|netout|pid|uptime): \d+$/gm, "$1$2: <n>"),
  ],
];

function sortedLines(lines: string): string {
  return lines.split("\n").sort().join("\n");
}

/** Perl's hashes have no order, and neither have the lists made of them. */
function sortedRecords(list: string): string {
  const records = list.slice("[\n   {\n".length, -"\n   }\n]".length).split("\n   },\n   {\n");
  return records.sort().join("\n---\n");
}

function sortedLine(list: string): string {
  return list.slice(2, -2).split("},{").sort().join("\n");
}

export function normaliseRecording(text: string): string {
  return TABLE.reduce(
    (result, [, pattern, replacement]) =>
      typeof replacement === "string"
        ? result.replace(pattern, replacement)
        : result.replace(pattern, (found, ...groups) => replacement(found, ...groups.map(String))),
    text,
  );
}

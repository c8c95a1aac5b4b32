// Over 300 lines: a repository, its key and whatever else on the host names the same repository are one decision.
import { z } from "zod";
import {
  type AptSource,
  aptListName,
  parseDeb822Sources,
  parseListLine,
  renderDeb822Source,
  sameUri,
} from "../engine/formats/apt-sources.ts";
import { parseFingerprint, readKeyFile } from "../engine/formats/gpg-keys.ts";
import type { ExecAnswer, LocalFile, Plan, ReadOp, Refusal, Stat, Step } from "../engine/module/index.ts";
import {
  absolutePath,
  change,
  defineModule,
  httpUrl,
  localFile,
  oneOrMore,
  presence,
  read,
  refuse,
  write,
} from "../engine/module/index.ts";

const SOURCES = "/etc/apt/sources.list.d";
const MAIN = "/etc/apt/sources.list";
const KEYRINGS = "/etc/apt/keyrings";
const LISTS = "/var/lib/apt/lists";

const word = (what: string, pattern: RegExp) =>
  z
    .string({ error: `expected ${what}` })
    .max(500)
    .regex(pattern, { error: `expected ${what}` });
const distinct = (words: readonly string[]) => new Set(words).size === words.length;
const twice = { error: "the same thing stands there twice" };

const params = z
  .strictObject({
    name: word("a name such as docker: letters, digits, _ - and .", /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/).describe(
      "What it is called: its files are `/etc/apt/sources.list.d/NAME.sources` and `/etc/apt/keyrings/NAME.asc` (or `.gpg`).",
    ),
    state: presence.describe("`absent` takes its files away; its packages stay installed."),
    uris: oneOrMore(
      word(
        "an address such as https://download.example.com/debian",
        /^(https?|file|ftp|mirror\+https?|tor\+https?):\/{1,3}[^\s[\]#]+$/,
      ),
      "an address",
    )
      .refine(distinct, twice)
      .optional()
      .describe("Where it is: an address, or a list of them."),
    suites: oneOrMore(
      word("a suite such as bookworm, or a path that ends in /", /^[A-Za-z0-9./][A-Za-z0-9._/~+:-]*$/),
      "a suite",
    )
      .refine(distinct, twice)
      .optional()
      .describe("The suite, such as `bookworm`, or a list; a path that ends in `/` for a repository without suites."),
    components: oneOrMore(word("a component such as main", /^[A-Za-z0-9][A-Za-z0-9._/-]*$/), "a component")
      .refine(distinct, twice)
      .optional()
      .describe("The components, such as `main`."),
    types: oneOrMore(z.enum(["deb", "deb-src"], { error: "expected deb or deb-src" }), "a type")
      .refine(distinct, twice)
      .default(["deb"])
      .describe("`deb`, `deb-src` or both."),
    architectures: oneOrMore(word("an architecture such as amd64", /^[a-z0-9][a-z0-9-]*$/), "an architecture")
      .refine(distinct, twice)
      .optional()
      .describe("Only for these architectures. Unsaid: all that the host has."),
    key: z
      .string()
      .min(1)
      .max(1024 * 1024)
      .optional()
      .describe("The key that signs it: the text itself, from `-----BEGIN PGP PUBLIC KEY BLOCK-----` on."),
    key_file: localFile().optional().describe("The key, as a file of the site (armoured)."),
    key_url: httpUrl
      .optional()
      .describe("Where the key is. It is fetched, by the host, only while there is none with the right `fingerprint`."),
    fingerprint: oneOrMore(
      z.string({ error: "expected a fingerprint: 40 hex digits, in quotes" }).transform((text, context) => {
        const parsed = parseFingerprint(text);
        if (parsed !== undefined) return parsed;
        context.addIssue({
          code: "custom",
          message: /^(0x)?[0-9A-F\s]{8,39}$/i.test(text)
            ? "a short key id can be forged: give the whole fingerprint, 40 hex digits"
            : "expected a fingerprint: 40 hex digits, as `gpg --show-keys` prints it",
        });
        return z.NEVER;
      }),
      "a fingerprint",
    )
      .optional()
      .describe("The fingerprint of the key, or of all keys in its file. A key with another one is not installed."),
    signed_by: absolutePath.optional().describe("A keyring that is on the host already, instead of a key."),
    enabled: z.boolean().default(true).describe("Whether apt uses it."),
    update: z.boolean().default(true).describe("Read its index after a change, and whenever apt has none of it."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { state, uris, suites, components, fingerprint, signed_by } = given;
    const keys = (["key", "key_file", "key_url", "signed_by"] as const).filter((name) => given[name] !== undefined);
    if (state === "absent") return;
    if (uris === undefined) wrong("uris", "say where it is: uris");
    if (suites === undefined) wrong("suites", "say which suite: suites");
    const flat = suites?.filter((suite) => suite.endsWith("/")) ?? [];
    if (suites !== undefined && flat.length > 0 && flat.length < suites.length)
      wrong("suites", "suites and paths do not go together: write two repositories");
    if (suites !== undefined && flat.length === 0 && components === undefined)
      wrong("components", "say which components, such as main");
    if (flat.length > 0 && components !== undefined)
      wrong("components", "a repository without suites has no components");
    const [first, second] = keys;
    if (first === undefined)
      context.addIssue({
        code: "custom",
        message: "say by whom it is signed: key, key_file or key_url with fingerprint; or signed_by",
      });
    if (second !== undefined) wrong(second, `${first} and ${second} both say by whom it is signed: give one`);
    if (first !== undefined && first !== "signed_by" && fingerprint === undefined)
      wrong("fingerprint", "say whose key it is: its fingerprint, from a source that you trust");
    if (signed_by !== undefined && fingerprint !== undefined)
      wrong("fingerprint", "of a keyring that is there already nothing is verified");
    if (given.key !== undefined && readKeyFile(Buffer.from(given.key)) === null)
      wrong("key", "this is no public key: it begins with -----BEGIN PGP PUBLIC KEY BLOCK-----");
  });
type Params = z.output<typeof params>;

interface Seen {
  readonly own: string | null;
  readonly asc: Uint8Array | null;
  readonly gpg: Uint8Array | null;
  readonly main: Uint8Array | null;
  readonly ring?: Stat | null | undefined;
  readonly keyrings: Stat | null;
  readonly index?: readonly string[] | null | undefined;
  readonly fetched?: ExecAnswer | undefined;
  readonly [other: `/${string}`]: Uint8Array | null;
}

export const aptRepository = defineModule({
  name: "apt_repository",
  summary: "Let apt use a repository, signed by a key that is known by its fingerprint.",
  description: `Writes a deb822 \`.sources\` file and the key for this repository alone. A key is installed only if its fingerprint is the one that was named, and the file holds no
other key. Lines of a \`.list\` file that name the same repository are taken out, since apt would complain of them; another \`.sources\` file that does is a conflict. The index of this
repository alone is read, so that another one that is down does not matter.`,
  params,
  probes: ({ name, update, signed_by }) => ({
    own: read.text(`${SOURCES}/${name}.sources`),
    asc: read.file(`${KEYRINGS}/${name}.asc`),
    gpg: read.file(`${KEYRINGS}/${name}.gpg`),
    main: read.file(MAIN),
    others: read.list(SOURCES),
    ring: signed_by === undefined ? undefined : read.stat(signed_by, { follow: true }),
    keyrings: read.stat(KEYRINGS, { follow: true }),
    index: update ? read.list(LISTS) : undefined,
  }),
  probesAfter(given, { others, asc, gpg }) {
    const looks: Record<`/${string}`, ReadOp<Uint8Array | null>> = {};
    if (given.state === "absent") return { fetched: undefined, ...looks };
    for (const file of others ?? []) {
      // As bytes: another repository's file that is not UTF-8 must not fail this task.
      if (/\.(list|sources)$/.test(file) && file !== `${given.name}.sources`)
        looks[`${SOURCES}/${file}`] = read.file(`${SOURCES}/${file}`);
    }
    const { key_url } = given;
    const fetched =
      key_url !== undefined && keyAsWanted(given, { asc, gpg }) === null
        ? read.exec(
            [
              "curl",
              "-q",
              "-sS",
              "-f",
              "-L",
              "--max-redirs",
              "10",
              "--max-time",
              "60",
              "--proto",
              "=http,https",
              "--",
              key_url,
            ],
            {
              looksAt: ["/usr/bin/curl"],
              maxBytes: 1024 * 1024,
            },
          )
        : undefined;
    return { fetched, ...looks };
  },
  plan: (given, seen) => (given.state === "absent" ? absent(given, seen) : present(given, seen)),
  result: ({ name }, { own }) => {
    const [source] = parseDeb822Sources(own ?? "");
    return {
      name,
      file: `${SOURCES}/${name}.sources`,
      enabled: source?.enabled ?? false,
      uris: source?.uris ?? [],
      suites: source?.suites ?? [],
    };
  },
  examples: [
    `apt_repository:
  name: example
  uris: https://packages.example.com/debian
  suites: bookworm
  components: main
  key_url: https://packages.example.com/key.asc
  fingerprint: CD6283CEA48235F580997A832F0ED9EB38D4F70F`,
    "apt_repository: { name: backports, uris: http://deb.debian.org/debian, suites: bookworm-backports, components: [main, contrib], signed_by: /usr/share/keyrings/debian-archive-keyring.gpg }",
    "apt_repository: { name: example, state: absent }",
  ],
});

function present(given: Params, seen: Seen): Plan {
  const { name, update, enabled, signed_by, uris = [], suites = [] } = given;
  if (signed_by !== undefined && seen.ring?.type !== "file")
    return refuse(`there is no keyring ${signed_by}`, "give the key and its fingerprint instead");
  const key = keyFor(given, seen);
  if (key !== null && "kind" in key) return key;
  const wanted = sourceFor(given, key?.path ?? signed_by ?? "");
  const others = otherSources(given, wanted, seen);
  if ("kind" in others) return others;
  const stanzas = parseDeb822Sources(seen.own ?? "");
  const [is] = stanzas;
  const written = stanzas.length === 1 && is !== undefined && sameSource(is, wanted);
  const readAlready = uris.every((uri) => suites.every((suite) => indexed(uri, suite, seen.index ?? [])));
  const index = update && enabled;
  const keyed = key === null || key.write === null;
  const prints = key === null ? [] : [...key.fingerprints].sort();
  const before = {
    ...shown(is),
    stanzas: stanzas.length,
    key: key === null ? [] : [...printsOf(key.is)].sort(),
    replaces: others.replaced.map(({ path }) => path),
    ...(index && { index: readAlready ? "read" : "not read" }),
  };
  const after = { ...shown(wanted), stanzas: 1, key: prints, replaces: [], ...(index && { index: "read" }) };
  // A key in other words (its date of expiry, say) has the same fingerprint; that it is replaced shows all the same.
  const renewed = !keyed && String(before.key) === String(prints);
  const steps = [
    !keyed && key !== null && seen.keyrings === null && write.mkdir(KEYRINGS, { parents: true }),
    !keyed && key !== null && key.write !== null && write.file(key.path, key.write, { mode: "0644" }),
    ...others.replaced.map(({ path, rest }) =>
      rest.trim() === "" && path !== MAIN ? write.remove(path) : write.text(path, rest),
    ),
    !written &&
      write.text(`${SOURCES}/${name}.sources`, renderDeb822Source(wanted, `${name}: kept by lab`), { mode: "0644" }),
    index && !(readAlready && written && keyed) && updateIndex(name),
  ];
  // The same in other words is the same: then what differs in the fields must not differ either.
  const now = written ? { ...before, ...shown(wanted), stanzas: 1 } : before;
  return change({ ...now, key_text: renewed ? "another" : "as given" }, { ...after, key_text: "as given" }, steps);
}

function absent({ name }: Params, { own, asc, gpg }: Seen): Plan {
  const path = `${SOURCES}/${name}.sources`;
  const there = [
    own !== null && path,
    asc !== null && `${KEYRINGS}/${name}.asc`,
    gpg !== null && `${KEYRINGS}/${name}.gpg`,
  ].filter((each) => typeof each === "string");
  return change(
    { files: there },
    { files: [] },
    there.map((each) => write.remove(each)),
  );
}

interface Key {
  readonly path: string;
  /** Null: it is there. */
  readonly write: Uint8Array | null;
  readonly fingerprints: readonly string[];
  /** What is there now. */
  readonly is: Uint8Array | null;
}

/** The key, verified; null where a keyring of the host is used. */
function keyFor(given: Params, seen: Seen): Key | null | Refusal {
  const { name, key, key_file, key_url, signed_by, fingerprint = [] } = given;
  if (signed_by !== undefined) return null;
  const there = keyAsWanted(given, seen);
  const is = there === null ? (seen.asc ?? seen.gpg) : there.bytes;
  if (key_url !== undefined && there !== null) return { path: there.path, write: null, fingerprints: fingerprint, is };
  const from = key_url ?? key_file?.name ?? "key";
  if (key_file !== undefined && key_file.text === undefined)
    return refuse(`${from} is no armoured key`, "`gpg --enarmor` or `gpg --export --armor` makes a text of it");
  const answer = seen.fetched;
  if (key_url !== undefined && answer?.code === 127)
    return refuse("there is no curl on the host", "install the package curl, or give the key as a text");
  if (key_url !== undefined && answer?.code !== 0)
    return refuse(`the key cannot be fetched: ${answer?.stderr.trim() ?? ""}`, "is the address right?");
  const bytes = key_url === undefined ? Buffer.from(key ?? textOf(key_file)) : (answer?.bytes ?? new Uint8Array());
  const keys = readKeyFile(bytes);
  if (keys === null) return refuse(`${from} holds no public key`, "expected a key of OpenPGP, armoured or not");
  const strange = keys.fingerprints.filter((each) => !fingerprint.includes(each));
  const missing = fingerprint.filter((each) => !keys.fingerprints.includes(each));
  if (strange.length > 0 || missing.length > 0) {
    const has = `${from} holds ${keys.fingerprints.join(", ")}`;
    return missing.length > 0
      ? refuse(`the key is another one: ${has}, not ${missing.join(", ")}`, "do not trust it before you know why")
      : refuse(`there are more keys than were named: ${has}`, "name all of them in fingerprint, if you trust them all");
  }
  const path = `${KEYRINGS}/${name}.${keys.armoured ? "asc" : "gpg"}`;
  const old = keys.armoured ? seen.asc : seen.gpg;
  const same = old !== null && Buffer.from(old).equals(bytes);
  return { path, write: same ? null : bytes, fingerprints: fingerprint, is: old };
}

/** The key file of ours that holds the wanted keys and no other; null if there is none. */
function keyAsWanted(
  { name, fingerprint = [] }: Params,
  { asc, gpg }: Pick<Seen, "asc" | "gpg">,
): { readonly path: string; readonly bytes: Uint8Array } | null {
  const fits = (bytes: Uint8Array | null): bytes is Uint8Array => {
    const prints = bytes === null ? [] : printsOf(bytes);
    return prints.length === fingerprint.length && prints.every((each) => fingerprint.includes(each));
  };
  if (fits(asc)) return { path: `${KEYRINGS}/${name}.asc`, bytes: asc };
  return fits(gpg) ? { path: `${KEYRINGS}/${name}.gpg`, bytes: gpg } : null;
}
function printsOf(bytes: Uint8Array | null): readonly string[] {
  return bytes === null ? [] : (readKeyFile(bytes)?.fingerprints ?? []);
}
function textOf(file: LocalFile | undefined): string {
  return file?.text ?? "";
}

function sourceFor(given: Params, signedBy: string): AptSource {
  const { enabled, types, uris = [], suites = [], components = [], architectures } = given;
  const options = {
    ...(architectures !== undefined && { architectures: architectures.join(" ") }),
    "signed-by": signedBy,
  };
  return { enabled, types, uris, suites, components, options };
}

interface Replaced {
  readonly path: string;
  /** What is left of the file. */
  readonly rest: string;
}

/** What else names this repository: lines that go, or a conflict that only a person can settle. */
function otherSources(
  given: Params,
  wanted: AptSource,
  seen: Seen,
): { readonly replaced: readonly Replaced[] } | Refusal {
  const replaced: Replaced[] = [];
  const files = Object.entries(seen).filter(([path, bytes]) => path.startsWith("/") && bytes instanceof Uint8Array);
  for (const [path, bytes] of [[MAIN, seen.main] as const, ...files]) {
    if (!(bytes instanceof Uint8Array)) continue;
    const text = new TextDecoder().decode(bytes);
    if (path.endsWith(".sources")) {
      if (parseDeb822Sources(text).some((each) => each.enabled && meets(each, wanted)))
        return refuse(
          `${path} names this repository, too`,
          `remove it there, or name this task's repository ${path.slice(SOURCES.length + 1, -".sources".length)}`,
        );
      continue;
    }
    const lines = text.split("\n");
    const ours = lines.map(parseListLine).map((each) => each !== null && meets(each, wanted));
    if (!ours.includes(true)) continue;
    const lost = lines
      .flatMap((line, at) => (ours[at] ? (parseListLine(line)?.components ?? []) : []))
      .filter((each) => !wanted.components.includes(each));
    if (lost.length > 0)
      return refuse(
        `${path} names this repository, and of it also ${lost.join(", ")}`,
        "name these components here, too, or take the line out",
      );
    replaced.push({ path, rest: lines.filter((_, at) => !ours[at]).join("\n") });
  }
  return { replaced: given.enabled ? replaced : [] };
}

function meets(one: AptSource, other: AptSource): boolean {
  return (
    one.types.some((type) => other.types.includes(type)) &&
    one.uris.some((uri) => other.uris.some((each) => sameUri(uri, each))) &&
    one.suites.some((suite) => other.suites.includes(suite))
  );
}

/** Compared by what it means: in which order things stand says nothing. */
function sameSource(one: AptSource, other: AptSource): boolean {
  return JSON.stringify(meaning(one)) === JSON.stringify(meaning(other));
}
function meaning({ enabled, types, uris, suites, components, options }: AptSource) {
  const sorted = (words: readonly string[]) => [...words].sort();
  const fields = Object.entries(options).map(([name, value]) => `${name}=${sorted(value.split(/\s+/)).join(" ")}`);
  return [
    enabled,
    sorted(types),
    sorted(uris.map((uri) => uri.replace(/\/+$/, ""))),
    sorted(suites),
    sorted(components),
    sorted(fields),
  ];
}
function shown(source: AptSource | undefined) {
  return {
    enabled: source?.enabled ?? null,
    types: source?.types ?? [],
    uris: source?.uris ?? [],
    suites: source?.suites ?? [],
    components: source?.components ?? [],
    options: source?.options ?? {},
  };
}

/** Whether apt has read the index. Of addresses that are no simple ones (a mirror list) only apt knows under which name. */
function indexed(uri: string, suite: string, names: readonly string[]): boolean {
  if (!/^(https?|file|ftp):/.test(uri)) return true;
  const name = aptListName(uri, suite);
  return names.includes(`${name}InRelease`) || names.includes(`${name}Release`);
}

function updateIndex(name: string): Step {
  const settings = [
    `Dir::Etc::sourcelist=${SOURCES}/${name}.sources`,
    "Dir::Etc::sourceparts=-",
    "APT::Get::List-Cleanup=0",
    // Without it a repository that cannot be read is a warning, and the exit code 0.
    "APT::Update::Error-Mode=any",
    "Acquire::Retries=2",
    "DPkg::Lock::Timeout=120",
  ];
  return write.exec(["apt-get", "-q", ...settings.flatMap((each) => ["-o", each]), "update"], {
    touches: [LISTS, "/var/cache/apt"],
    limitMs: 600_000,
  });
}

import { aptListName, parseDeb822Sources, renderDeb822Source } from "../../engine/formats/apt-sources.ts";
import {
  change,
  defineModule,
  type Plan,
  type ReadOp,
  read,
  refuse,
  type Step,
  write,
} from "../../engine/module/index.ts";
import { keyAsWanted, keyFor, printsOf } from "./key.ts";
import { type Params, params } from "./params.ts";
import { KEYRINGS, MAIN, type Seen, SOURCES } from "./seen.ts";
import { otherSources, sameSource, shown, sourceFor } from "./sources.ts";

const LISTS = "/var/lib/apt/lists";

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

import { z } from "zod";
import { parseFingerprint, readKeyFile } from "../../engine/formats/gpg-keys.ts";
import { absolutePath, httpUrl, localFile, oneOrMore, presence } from "../../engine/module/index.ts";

const word = (what: string, pattern: RegExp) =>
  z
    .string({ error: `expected ${what}` })
    .max(500)
    .regex(pattern, { error: `expected ${what}` });
const distinct = (words: readonly string[]) => new Set(words).size === words.length;
const twice = { error: "the same thing stands there twice" };

export const params = z
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
export type Params = z.output<typeof params>;

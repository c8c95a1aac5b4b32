import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { ValueSource } from "../value/expression.ts";
import type { VarsLayer } from "../vars/layer.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

const secretName = /(?:^|_)(?:password|passwd|passphrase|secret|token|(?:api|auth|private|wireguard)_?key|psk)$/i;
/** Whatever stands below is one, by whose name ever: `smb_passwords: { anna: … }`. */
const secretNames = /(?:^|_)(?:passwords|passphrases)$/i;
/** Of parameters: some modules call the name of a thing its token or secret. */
const secretParameter = /(?:^|_)(?:password|passwd|passphrase|api_?key|auth_?key)$/i;
const any = /^/;

/** A password that everybody reads who reads the site. */
export function* plainPassword(request: LintRequest): Iterable<Diagnostic> {
  const layers = new Set<VarsLayer>();
  for (const { site, inventory, plays } of request.runs) {
    for (const { layers: ofHost } of inventory.hosts.values()) for (const layer of ofHost) layers.add(layer);
    for (const { entries } of plays)
      for (const { context } of entries) for (const layer of context.layers) layers.add(layer);
    for (const { defaults, vars } of site.roles.values()) layers.add(defaults).add(vars);
  }
  for (const { variables } of layers) {
    for (const [name, { content, place }] of variables) {
      // What the embedded lab is made of is known to everybody anyway.
      if (content.kind === "source" && name !== "lab_sandbox") yield* inSource(name, place, content.source, secretName);
    }
  }
  for (const { source } of tasksOf(request)) {
    if (source.params.kind === "map")
      for (const { key, keyPlace, value } of source.params.entries)
        yield* inSource(key, keyPlace, value, secretParameter);
  }
}

function* inSource(name: string, place: Place, source: ValueSource, secret: RegExp): Iterable<Diagnostic> {
  if (source.kind === "map") {
    const below = secretNames.test(name) ? any : secret;
    for (const { key, keyPlace, value } of source.entries) yield* inSource(key, keyPlace, value, below);
  } else if (source.kind === "list") {
    for (const item of source.items) yield* inSource("", place, item, secretNames.test(name) ? any : secret);
  } else if (source.kind === "literal" && typeof source.value === "string" && secret.test(name)) {
    // A path, or nothing at all, is no password.
    if (source.value.trim() === "" || /^[~/.]/.test(source.value)) return;
    yield {
      code: "plain-password",
      message: `\`${name}\` stands here for everybody to read`,
      place,
      hint: "`lab secret encrypt` makes a `!secret` of it that only the site's keys open",
    };
  }
}

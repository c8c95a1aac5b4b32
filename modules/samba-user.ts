import { z } from "zod";
import { parsePasswd } from "../engine/formats/accounts.ts";
import { ntHash } from "../engine/formats/nt-hash.ts";
import { parseSmbpasswd } from "../engine/formats/smbpasswd.ts";
import type { Plan, Step, Value } from "../engine/module/index.ts";
import { change, defineModule, presence, read, refuse, Secret, secret, write } from "../engine/module/index.ts";

/** Where Samba keeps its accounts. */
const STORE = ["/var/lib/samba/private", "/etc/samba"];

const params = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, { error: "expected the name of a user" })
      .describe("The account; a user of the system of the same name must exist."),
    password: secret()
      .optional()
      .describe("Password of the account. It reaches the host on a stdin, and is compared by its NT hash."),
    enabled: z.boolean().default(true).describe("Whether the account may be used."),
    state: presence.describe("`absent` removes Samba's account; the user of the system stays."),
  })
  .superRefine(({ password, state }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (state === "absent" && password !== undefined) wrong("password", "state: absent takes no password");
    if (!(password instanceof Secret)) return;
    const text = password.reveal();
    if (text === "") wrong("password", "an empty password lets everybody in");
    if (/[\0-\x1f\x7f]/.test(text)) wrong("password", "a password is one line without control characters");
    // smbpasswd reads it into a buffer of this size, and cuts off the rest.
    if (Buffer.byteLength(text) > 127) wrong("password", "Samba takes 127 bytes at most");
  });
type Params = z.output<typeof params>;

export const sambaUser = defineModule({
  name: "samba_user",
  summary: "Make or remove an account of Samba, with its password.",
  description: `Samba keeps passwords of its own beside those of the system. The password is set again only if its hash differs.
Needs the package \`samba\`.`,
  params,
  probes: ({ name, state }: Params) => ({
    account: read.exec(["pdbedit", "-L", "-w", "-u", name], { looksAt: [...STORE, "/etc/passwd"] }),
    system:
      state === "present"
        ? read.exec(["getent", "passwd", "--", name], { looksAt: ["/etc/passwd", "/etc/nsswitch.conf"] })
        : undefined,
  }),
  plan(given, { account, system }) {
    const { name, state } = given;
    const found = parseSmbpasswd(account.stdout).find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (account.code === 127) {
      if (state === "absent") return change({ state: "absent" }, { state: "absent" }, []);
      const planned = present(given, undefined);
      return refuse(
        "the host has no Samba (pdbedit)",
        "install the package samba",
        planned.kind === "change" ? { otherwise: planned } : {},
      );
    }
    if (found === undefined && account.code === 0) return refuse(`pdbedit does not say how the account ${name} is`);
    if (found === undefined && !/Username not found/.test(account.stderr)) {
      return refuse(
        `Samba does not tell its accounts: ${account.stderr.trim()}`,
        "does `testparm` find a mistake in smb.conf?",
      );
    }
    if (state === "absent") {
      return change({ state: found === undefined ? "absent" : "present" }, { state: "absent" }, [
        found !== undefined && smbpasswd(["-x", name]),
      ]);
    }
    const planned = present(given, found);
    if (
      planned.kind === "change" &&
      found === undefined &&
      !parsePasswd(system?.stdout ?? "").some((each) => each.name === name)
    ) {
      return refuse(`there is no user ${name} on the host`, "make the user first, with the module user", {
        otherwise: planned,
      });
    }
    return planned;
  },
  result({ name }, { account }) {
    const found = parseSmbpasswd(account.stdout).find((each) => each.name.toLowerCase() === name.toLowerCase());
    return { name, exists: found !== undefined, enabled: found !== undefined && !found.flags.includes("D") };
  },
  examples: [
    "samba_user: { name: anna, password: correct horse battery staple }",
    "samba_user: { name: anna, enabled: false, password: correct horse battery staple }",
    "samba_user: { name: anna, state: absent }",
  ],
});

function present(
  { name, password, enabled }: Params,
  found: ReturnType<typeof parseSmbpasswd>[number] | undefined,
): Plan & { readonly kind: "change" | "refuse" } {
  const hash = password === undefined ? undefined : ntHash(password.reveal());
  if (found === undefined && password === undefined) {
    return refuse(`Samba has no account ${name}, and a new one needs a password`, "say password");
  }
  const is = found === undefined ? null : !found.flags.includes("D");
  // The hash is as good as the password: it is shown as little.
  const shown = (value: string | null): Value => (value === null ? null : new Secret(value));
  const sets = hash !== undefined && found?.ntHash !== hash;
  const setting =
    password !== undefined &&
    sets &&
    smbpasswd(found === undefined ? ["-s", "-a", name] : ["-s", name], twice(password));
  return change(
    {
      state: found === undefined ? "absent" : "present",
      enabled: is,
      ...(hash !== undefined && { password: shown(found?.ntHash ?? null) }),
    },
    { state: "present", enabled, ...(hash !== undefined && { password: shown(hash) }) },
    [setting, (is ?? true) !== enabled && smbpasswd([enabled ? "-e" : "-d", name])],
  );
}
function smbpasswd(words: readonly string[], stdin?: Secret): Step {
  return write.exec(["smbpasswd", ...words], { touches: STORE, ...(stdin !== undefined && { stdin }) });
}
function twice(password: Secret): Secret {
  return new Secret(`${password.reveal()}\n${password.reveal()}\n`);
}

import type { Command } from "commander";
import type { EncryptOptions } from "../commands/secret-encrypt.ts";
import type { KeygenOptions } from "../commands/secret-keygen.ts";
import type { RekeyOptions } from "../commands/secret-rekey.ts";
import type { SealOptions } from "../sealing.ts";
import { collect, collectWords, examples, paragraphs, type Register, type Registrar } from "./registrar.ts";

export const registerSecret: Register = (registrar) => {
  const { program, width } = registrar;
  const secret = program
    .command("secret")
    .description("keep passwords and keys in the site, encrypted with age")
    .addHelpText(
      "after",
      paragraphs(width, [
        "Values are encrypted for public keys, which lab.yml names: `secrets: { recipients: [age1…] }`. Whoever has one of the private keys can read them; it is looked for where LAB_AGE_IDENTITY_FILE says, then where lab.yml says (`secrets: { identity: PATH }`), then in ~/.config/lab/identity.txt. A passphrase is asked for on the terminal, or read from the file that LAB_SECRETS_PASSPHRASE_FILE names.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab secret keygen", "a key of your own; once"],
        ["lab secret encrypt --name db_password", "type a value, get YAML to paste"],
        ["lab secret edit inventory/group_vars/web.yml", "change values in your editor"],
        ["lab secret rekey all", "after lab.yml names other keys"],
      ),
    );
  registerKeygen(secret, registrar);
  registerEncrypt(secret, registrar);
  registerDecrypt(secret, registrar);
  registerEdit(secret, registrar);
  registerRekey(secret, registrar);
};

function registerKeygen(secret: Command, { width, action }: Registrar): void {
  secret
    .command("keygen")
    .description("make a private key, and print its public key")
    .option("-o, --output <file>", "where it goes (default: ~/.config/lab/identity.txt)")
    .option("-p, --passphrase", "protect it with a passphrase")
    .option("--json", "print the file and the public key as JSON")
    .addHelpText(
      "after",
      paragraphs(width, ["The file is readable by you alone, and one that is there is never overwritten."]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab secret keygen", "your key, where lab looks for it"],
        ["lab secret keygen -o ci.txt", "a key for a machine"],
        ["lab secret keygen -p", "a key that is worth nothing without a passphrase"],
      ),
    )
    .action(
      action(async (options: KeygenOptions) => {
        const { secretKeygen } = await import("../commands/secret-keygen.ts");
        return secretKeygen(options);
      }),
    );
}

const recipientOption = [
  "-r, --recipient <key>",
  "for this public key instead of those in lab.yml; may be repeated",
] as const;
const passphraseOption = ["-p, --passphrase", "with a passphrase instead of keys"] as const;

function registerEncrypt(secret: Command, { width, action }: Registrar): void {
  secret
    .command("encrypt")
    .description("encrypt a value, values in a YAML file, or a whole file")
    .argument("[file]", "a file; without it, or with -, a value is read from stdin or asked for")
    .option("-n, --name <name>", "print it as the value of this variable")
    .option("--values <names>", "encrypt these values of the YAML file in place: a,b.c; may be repeated", collectWords)
    .option("--raw", "read stdin as it is, and print nothing but the encrypted text")
    .option("--keep", "leave the file that was encrypted as a whole beside its FILE.age")
    .option(...recipientOption, collect)
    .option(...passphraseOption)
    .addHelpText(
      "after",
      paragraphs(width, [
        "A value is never an argument: arguments are seen by everybody on the machine, and kept by the shell. One line break at the end of a line from stdin is not taken as a part of the value.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab secret encrypt --name db_password", "asked for, twice"],
        ["pwgen 30 1 | lab secret encrypt -n token", "a value that nobody has seen"],
        ["lab secret encrypt --values a,b.c FILE", "the values a and b.c of FILE"],
        ["lab secret encrypt inventory/group_vars/web.yml", "makes FILE.age of it"],
      ),
    )
    .action(
      action(async (file: string | undefined, options: EncryptOptions) => {
        const { secretEncrypt } = await import("../commands/secret-encrypt.ts");
        return secretEncrypt(file, options);
      }),
    );
}

function registerDecrypt(secret: Command, { action }: Registrar): void {
  secret
    .command("decrypt")
    .alias("view")
    .description("print a file with its values in clear, to stdout alone")
    .argument("<file>", "a YAML file with encrypted values, or a file that is encrypted; - for stdin")
    .option("-n, --name <name>", "only this value: db_password, users.0.password")
    .addHelpText(
      "after",
      examples(
        ["lab secret view inventory/group_vars/web.yml", "all of it"],
        ["lab secret decrypt -n token vars.yml | ssh-add -", "one value, for a program"],
        ["lab secret decrypt -", "an encrypted text that you paste"],
      ),
    )
    .action(
      action(async (file: string, options: { name?: string }) => {
        const { secretDecrypt } = await import("../commands/secret-decrypt.ts");
        return secretDecrypt(file, options);
      }),
    );
}

function registerEdit(secret: Command, { width, action }: Registrar): void {
  secret
    .command("edit")
    .description("change encrypted values, or an encrypted file, in $EDITOR")
    .argument("<file>", "a YAML file with encrypted values, or a file that is encrypted")
    .option(...recipientOption, collect)
    .option(...passphraseOption)
    .addHelpText(
      "after",
      paragraphs(width, [
        "Values stand in clear behind their !secret while you edit: change them, or tag further ones. Those that did not change keep their encrypted text, so a diff shows what you did. The clear text is in memory only ($XDG_RUNTIME_DIR or /dev/shm), in a folder that nobody else can look into, and is gone when the editor ends.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab secret edit inventory/group_vars/web.yml", "in vi, or what EDITOR names"],
        ['EDITOR="code --wait" lab secret edit FILE', "in another editor"],
      ),
    )
    .action(
      action(async (file: string, options: SealOptions) => {
        const { secretEdit } = await import("../commands/secret-edit.ts");
        return secretEdit(file, options);
      }),
    );
}

function registerRekey(secret: Command, { width, action }: Registrar): void {
  secret
    .command("rekey")
    .description("encrypt anew, for the keys that lab.yml names now")
    .argument("[file...]", "files, or all: every file of the site (default: all)")
    .option(...recipientOption, collect)
    .option(...passphraseOption)
    .option("--without-me", "although your own key is not among them")
    .addHelpText(
      "after",
      paragraphs(width, [
        "Everything is read before the first file is written, and each file is replaced whole: if it is interrupted, call it again. Who could read a secret has seen it: taking a key away does not change what it has opened.",
      ]),
    )
    .addHelpText(
      "after",
      examples(
        ["lab secret rekey", "somebody came or left: all files of the site"],
        ["lab secret rekey vars/tls.yml", "one file"],
      ),
    )
    .action(
      action(async (files: string[], options: RekeyOptions) => {
        const { secretRekey } = await import("../commands/secret-rekey.ts");
        return secretRekey(files, options);
      }),
    );
}

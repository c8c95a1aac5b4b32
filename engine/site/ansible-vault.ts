import type { Diagnostic } from "../errors/diagnostic.ts";

/** Text that Ansible Vault has encrypted, which nobody but Ansible opens; what to do about it. */
export function ansibleVault(text: string): Diagnostic | undefined {
  if (!text.trimStart().startsWith("$ANSIBLE_VAULT;")) return undefined;
  return {
    code: "ansible-vault",
    message: "this is encrypted with Ansible Vault, and secrets are encrypted with age here",
    hint: "take a file over with `ansible-vault view FILE | lab secret encrypt --raw > FILE.age`, a value with `ansible-vault decrypt --output - | lab secret encrypt --name NAME`",
  };
}

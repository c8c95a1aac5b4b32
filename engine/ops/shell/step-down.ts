/**
 * Words in front of a command that run it as another user without a password: root's way down, or what sudoers allows.
 * Proxmox VE comes without sudo; there util-linux' runuser does it, which unlike sudo leaves HOME as it was. The text
 * holds no quote, backslash, `!` or newline, so that fish and csh pass it on unchanged. `user` is a checked name.
 */
export function stepDownWords(user: string): string {
  const script = [
    `command -v sudo >/dev/null && exec sudo -n -u "${user}" -- "$@"`,
    `HOME=~${user.replace(/\$$/, "")}`,
    `USER="${user}"`,
    `LOGNAME="${user}"`,
    "export HOME USER LOGNAME",
    `exec runuser -u "${user}" -- "$@"`,
  ].join("; ");
  return `sh -c '${script}' lab`;
}

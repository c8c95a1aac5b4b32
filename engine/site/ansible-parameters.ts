/** Parameters of Ansible's modules that have another name here, or none: `MODULE.PARAMETER`, and what to write instead. */
const hints: ReadonlyMap<string, string> = new Map([
  ["archive.remote_src", "leave it out: `src` is a file of the site, `path` one of the host"],
  ["copy.backup", "leave it out: `--check --diff` shows what would be replaced"],
  ["copy.remote_src", "run `cp` with `command` and `creates`"],
  ["debug.verbosity", "leave it out"],
  ["file.dest", "write `path`"],
  ["file.name", "write `path`"],
  ["file.src", "write `target`: what the link leads to; `path` is the link"],
  ["file.recurse", "write `recursive`"],
  ["http.body_format", "write `json` or `form` in place of `body`"],
  ["http.return_content", "leave it out: the answer is always registered"],
  ["http.status_code", "write `status`"],
  ["http.url_password", "write `password`"],
  ["http.url_username", "write `username`"],
  ["http.validate_certs", "write `insecure: true` where a certificate cannot be verified"],
  ["line.backup", "leave it out: `--check --diff` shows what would be replaced"],
  ["pause.prompt", "ask before the run, with `vars_prompt` of the play, or run with `--step`"],
  ["reboot.reboot_timeout", "write `timeout`"],
  ["reboot.test_command", "write `test`"],
  ["slurp.src", "write `path`"],
  ["template.backup", "leave it out: `--check --diff` shows what would be replaced"],
]);

/** A hint for a parameter of one of Ansible's modules; undefined for any other word. */
export function ansibleParameter(module: string, name: string): string | undefined {
  return hints.get(`${module}.${name}`);
}

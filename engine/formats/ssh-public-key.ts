/**
 * What is wrong with a line of authorized_keys; null if nothing is. Proxmox VE has `ssh-keygen` read each key before it makes
 * the container, and tells of a mistake only that there is one.
 */
export function sshPublicKeyProblem(line: string): string | null {
  if (/[\0-\x1f\x7f]/.test(line)) return "a public key is one line";
  if (/PRIVATE KEY/.test(line)) return "this is a private key: give the public one (the file that ends in .pub)";
  const [, type, blob] = /^(?:\S.*? )?((?:ssh|ecdsa|sk)-[\w@.-]+) +([A-Za-z0-9+/]+={0,2})(?: |$)/.exec(line) ?? [];
  if (type === undefined || blob === undefined) return "expected public keys as in authorized_keys, one a line";
  const bytes = Buffer.from(blob, "base64");
  // A key begins with the name of its own type, behind that name's length, and each part has its length before it.
  let [at, parts] = [0, 0];
  while (at + 4 <= bytes.length) {
    at += 4 + bytes.readUInt32BE(at);
    parts += 1;
  }
  const named = bytes.subarray(4, 4 + type.length).toString("latin1");
  if (named === type && at === bytes.length && parts > 1 && blob.length % 4 === 0) return null;
  return `the ${type} key "${line.slice(0, 30)}…" is damaged: copy the whole line of its .pub file`;
}

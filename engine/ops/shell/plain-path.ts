import { Bug } from "../../errors/bug.ts";

/**
 * A path as the script handles it: absolute, without a slash at its end. `rm -rf link/` would empty what the link points
 * at, and the shell finds the folder of a path by cutting its last word off.
 */
export function plainPath(path: string): string {
  // Parameter kinds let no relative path through; where it would be relative to is not defined.
  if (!path.startsWith("/")) throw new Bug(`not an absolute path: ${JSON.stringify(path)}`);
  const plain = path
    .replace(/\/{2,}/g, "/")
    .replace(/\/(\.\/)+/g, "/")
    .replace(/\/\.?$/, "");
  return plain === "" ? "/" : plain;
}

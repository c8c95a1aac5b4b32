import { createHash } from "node:crypto";
import { Secret } from "../../value/secret.ts";

/** A text that is equal exactly for equal operations. Secrets and bytes stand in it by their hash. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, child: unknown) => {
      if (child instanceof Uint8Array) return { sha256: hash(child) };
      return child;
    }) + secretsOf(value)
  );
}

/** JSON shows every secret as `***`; two looks that differ in a secret are two looks. */
function secretsOf(value: unknown): string {
  if (value instanceof Secret) return `#${hash(value.reveal())}`;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return "";
  return Object.values(value).map(secretsOf).join("");
}

function hash(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

import { compareSync, hashSync } from "bcryptjs";

/** Whether a password is the one behind a bcrypt hash. A text that is no such hash has none behind it. */
export function bcryptMatches(password: string, hash: string): boolean {
  return BCRYPT.test(hash) && compareSync(password, hash);
}

/** The hash of a password, with a salt that is given: 22 characters of bcrypt's own alphabet. */
export function bcryptHash(password: string, salt: string, cost = 10): string {
  return hashSync(password, `$2a$${String(cost).padStart(2, "0")}$${salt}`);
}

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

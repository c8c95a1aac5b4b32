import { distinctWords } from "../command/formats.ts";
import type { Schema } from "../command/schema.ts";

import { PRIVILEGES } from "./roles.ts";

/** Names that the tools of access control take, with their own words for what is none. */
const named = (what: string, pattern: RegExp): Schema => ({
  kind: "string",
  format: (value) => (pattern.test(value) ? null : `${what} name '${value}' contains invalid characters`),
});

export const GROUP_ID = named("group", /^[A-Za-z0-9._-]+$/);
export const ROLE_ID = named("role", /^[A-Za-z0-9._-]+$/);
export const POOL_ID = named("pool", /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/);
export const USER_ID: Schema = {
  kind: "string",
  format: (value) =>
    value.length <= 64 && /^[^\s:/]+@[A-Za-z][A-Za-z0-9._-]+$/.test(value)
      ? null
      : `value '${value}' does not look like a valid user name`,
};
export const TOKEN_ID: Schema = { kind: "string", pattern: /^[A-Za-z][A-Za-z0-9._-]+$/ };
export const EMAIL: Schema = {
  kind: "string",
  format: (value) =>
    value === "" || /^[\w+-]+(\.[\w+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(value)
      ? null
      : "value does not look like a valid email address",
};
export const PRIVILEGE_LIST: Schema = {
  kind: "string",
  format: (value) => {
    const odd = distinctWords(value).find((each) => !PRIVILEGES.includes(each));
    return odd === undefined ? null : `invalid privilege '${odd}'`;
  },
};

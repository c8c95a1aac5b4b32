import type { PropertyKind } from "../storage/storage-types.ts";
import { splitList } from "../storage/storage-values.ts";
import { PRIVILEGES } from "./roles.ts";

/** Names that the tools of access control take, with their own words for what is none. */
const named = (what: string, pattern: RegExp): PropertyKind => ({
  kind: "text",
  check: (value) => (pattern.test(value) ? null : `${what} name '${value}' contains invalid characters`),
});

export const GROUP_ID = named("group", /^[A-Za-z0-9._-]+$/);
export const ROLE_ID = named("role", /^[A-Za-z0-9._-]+$/);
export const POOL_ID = named("pool", /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/);
export const USER_ID: PropertyKind = {
  kind: "text",
  check: (value) =>
    value.length <= 64 && /^[^\s:/]+@[A-Za-z][A-Za-z0-9._-]+$/.test(value)
      ? null
      : `value '${value}' does not look like a valid user name`,
};
export const TOKEN_ID: PropertyKind = { kind: "text", pattern: /^[A-Za-z][A-Za-z0-9._-]+$/ };
export const EMAIL: PropertyKind = {
  kind: "text",
  check: (value) =>
    value === "" || /^[\w+-]+(\.[\w+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(value)
      ? null
      : "value does not look like a valid email address",
};
export const PRIVILEGE_LIST: PropertyKind = {
  kind: "text",
  check: (value) => {
    const odd = splitList(value).find((each) => !PRIVILEGES.includes(each));
    return odd === undefined ? null : `invalid privilege '${odd}'`;
  },
};

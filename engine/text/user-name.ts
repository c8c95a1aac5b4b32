/**
 * What may be a user's name wherever one stands in the text of a command that any login shell may read. Every system's
 * own rule for names is stricter; a `$` at the end is a machine account of Samba.
 */
export const userNamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/;

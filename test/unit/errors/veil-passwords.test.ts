import { expect, test } from "vitest";
import { veilPasswords } from "../../../engine/errors/veil-passwords.ts";

test.each([
  ["lab_password: hunter22", "lab_password: ********"],
  [
    "    h1: { lab_become_password: b p, lab_password: 'l''p', x: 1 }",
    "    h1: { lab_become_password: * *, lab_password: '****', x: 1 }",
  ],
  ['api_key: "a \\" b" # why', 'api_key: "* ** *" # why'],
  ["nas1 lab_password=hunter22 lab_port=22", "nas1 lab_password=******** lab_port=22"],
  ["wifi_psk: 12345678", "wifi_psk: ********"],
  ["{token: never-closed", "{token: ************"],
])("%s", (line, shown) => {
  expect(veilPasswords(line)).toBe(shown);
});

test.each([
  'password: "{{ db_password }}"',
  "password: !secret |",
  "password: { type: string, secret: true, min: 12 }",
  "  password: string",
  "password_hash: x",
  "tokens: [a, b]",
  "key_file: secret",
  "private_token: /etc/token",
  "when: password == other",
])("nothing of %s", (line) => {
  expect(veilPasswords(line)).toBe(line);
});

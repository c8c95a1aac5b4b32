const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * A device id of Syncthing in its canonical form, eight groups of seven; or why it is none. What its reader forgives is
 * forgiven: case, blanks, other grouping, and 0, 1 and 8 for the letters O, I and B. Each 13 characters are followed by
 * a check character, so a slip of the pen is found without asking anybody.
 */
export function parseDeviceId(given: string): { readonly id: string } | { readonly error: string } {
  const text = given.replace(/[\s-]/g, "").toUpperCase().replaceAll("0", "O").replaceAll("1", "I").replaceAll("8", "B");
  const odd = [...text].find((character) => !ALPHABET.includes(character));
  if (odd !== undefined) return { error: `a device id has the letters A to Z and the digits 2 to 7, not "${odd}"` };
  if (text.length === 52) return meant(withChecks(text));
  if (text.length !== 56)
    return { error: `a device id has 56 letters and digits (eight groups of seven), and this has ${text.length}` };
  const bare = groupsOf(text, 14).map((group) => group.slice(0, 13));
  const wrong = groupsOf(text, 14).findIndex((group, index) => group[13] !== checkCharacter(bare[index] ?? ""));
  if (wrong < 0) return meant(text);
  const place = groupsOf(canonical(text), 16)[wrong]?.replace(/-$/, "") ?? "";
  return { error: `the check character of "${place}" is wrong: there is a slip of the pen in it` };
}

/** 256 bits in letters of five leave four over. Where they are not zero it is no device's id, and Syncthing would quietly make another of it. */
function meant(text: string): { readonly id: string } | { readonly error: string } {
  const last = text[54] ?? "";
  if (last === "A" || last === "Q") return { id: canonical(text) };
  return { error: `no device has this id: its last letter but one would be A or Q, not ${last}` };
}

/** How Syncthing speaks of a device that has no name. */
export function shortDeviceId(id: string): string {
  return id.slice(0, 7);
}

function withChecks(text: string): string {
  return groupsOf(text, 13)
    .map((group) => group + checkCharacter(group))
    .join("");
}

function canonical(text: string): string {
  return groupsOf(text, 7).join("-");
}

function groupsOf(text: string, size: number): readonly string[] {
  return text.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
}

/** Luhn's sum in base 32, as Syncthing reckons it: the factors begin with 1 at the left. */
function checkCharacter(text: string): string {
  let sum = 0;
  for (const [index, character] of [...text].entries()) {
    const product = ALPHABET.indexOf(character) * (index % 2 === 0 ? 1 : 2);
    sum += Math.floor(product / 32) + (product % 32);
  }
  return ALPHABET[(32 - (sum % 32)) % 32] ?? "";
}

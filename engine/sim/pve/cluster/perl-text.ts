/**
 * Texts as Proxmox VE's Perl sees them in files that it does not decode: one character a byte. So what is beyond Latin-1
 * comes back as two or three characters, and what is within is one byte in the file, which then is no UTF-8.
 */
export function perlText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** A byte a character; with one beyond Latin-1 among them all of the text is written as UTF-8, and Perl complains. */
export function perlBytes(text: string): { readonly bytes: Uint8Array; readonly wide: boolean } {
  const wide = /[^\0-\xff]/.test(text);
  return { bytes: Buffer.from(text, wide ? "utf8" : "latin1"), wide };
}

export const WIDE_CHARACTER = "Wide character in print at /usr/share/perl5/PVE/Tools.pm line 311.\n";

/** An account of Samba, as `pdbedit -L -w` prints it (the form of the file smbpasswd). */
export interface SambaAccount {
  readonly name: string;
  readonly uid: number;
  /** 32 hex digits in capitals; null where there is no password. */
  readonly ntHash: string | null;
  /** Letters: U a user, W a machine, D disabled, N no password, X does not expire. */
  readonly flags: string;
}

export function parseSmbpasswd(text: string): readonly SambaAccount[] {
  return text.split("\n").flatMap((line) => {
    const [name, uid, , hash = "", flags = ""] = line.split(":");
    if (name === undefined || uid === undefined || !/^\d+$/.test(uid) || !/^\[.*\]$/.test(flags)) return [];
    const ntHash = /^[0-9A-F]{32}$/i.test(hash) ? hash.toUpperCase() : null;
    return [{ name, uid: Number(uid), ntHash, flags: flags.replace(/[[\] ]/g, "") }];
  });
}

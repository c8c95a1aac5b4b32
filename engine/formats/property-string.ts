/**
 * The comma-separated sub-options of a Proxmox VE key: `name=eth0,bridge=vmbr0`, `local:101/x.raw,size=4G`. A first
 * piece without `=` belongs to the key's default sub-option (`volume` of a mount, `path` of a device).
 */
export interface PropertyString {
  /** In the order written. Of a name given twice the last counts. */
  readonly options: ReadonlyMap<string, string>;
  /** Pieces without `=` where no default sub-option takes them. */
  readonly stray: readonly string[];
}

export function parsePropertyString(text: string, defaultOption?: string): PropertyString {
  const options = new Map<string, string>();
  const stray: string[] = [];
  for (const piece of text.split(",")) {
    if (piece.trim() === "") continue;
    const equals = piece.indexOf("=");
    if (equals > 0) options.set(piece.slice(0, equals).trim(), piece.slice(equals + 1).trim());
    else if (defaultOption !== undefined && !options.has(defaultOption)) options.set(defaultOption, piece.trim());
    else stray.push(piece.trim());
  }
  return { options, stray };
}

/** `bare`: the default sub-option, printed first and without its name. */
export function printPropertyString(options: ReadonlyMap<string, string>, bare?: string): string {
  const rest = [...options].filter(([name]) => name !== bare).map(([name, value]) => `${name}=${value}`);
  const first = bare === undefined ? undefined : options.get(bare);
  return [...(first === undefined ? [] : [first]), ...rest].join(",");
}

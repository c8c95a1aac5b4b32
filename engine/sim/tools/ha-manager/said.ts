/** What a subcommand says. */
export interface Said {
  readonly stdout?: string | Uint8Array;
  readonly stderr?: string;
}

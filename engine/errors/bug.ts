/** We are wrong: exit status 70 and "please report". Never thrown for anything a user or a host can cause. */
export class Bug extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Bug";
  }
}

/** Closes a switch over a sum type: the compiler keeps it exhaustive. */
export function unreachable(value: never): never {
  throw new Bug(`no case for ${JSON.stringify(value)}`);
}

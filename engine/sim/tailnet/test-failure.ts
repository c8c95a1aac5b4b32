/** As the API tells it: whose test, and what came out otherwise than it wants. */
export interface TestFailure {
  readonly user: string;
  readonly errors: readonly string[];
}

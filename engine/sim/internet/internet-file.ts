/** What is to be had at an address outside of the lab. */
export interface InternetFile {
  /** Base64 with `encoding`, else the text itself. */
  readonly content: string;
  readonly encoding?: "base64";
  /** Only for whoever sends this header `Authorization`. */
  readonly authorization?: string;
  /** It has moved there. */
  readonly redirect?: string;
}

/** A value, or the way to one for a command that starts now: tokens that end are made anew. */
export type Header = string | HeaderSource;

export type HeaderSource = {
  get(): Promise<string>;
  /** A server has refused this value. Whether another try makes sense: then `get` may answer with something else. */
  renew(refused: string): boolean | Promise<boolean>;
};

/** A server did not take the credentials, in git's words (LC_ALL=C): it would ask for others, and nobody is there. */
export const UNAUTHENTICATED =
  /Authentication failed|could not read (?:Username|Password)|returned error: 401|Permission denied \(/;

export type MarkdownOptions = {
  /** The one issue that `Closes #N` may name. */
  ownIssue?: number;
  /** Hosts that links may lead to: the platform's own and configured ones. Default: none. */
  allowedHosts?: readonly string[];
  /** Logins without `@` that may be mentioned: the person who asked. Known bots never. */
  allowedMentions?: readonly string[];
  /** Longest answer in characters. */
  maxLength?: number;
  /**
   * The text is one of our templates whose slots were neutralised on their own: folding sections and the commands
   * that people are told to give stay as they are.
   */
  isTemplate?: boolean;
};

export type LineContext = MarkdownOptions & {
  /** The text has a keyword that closes issues: other references in it become code. */
  closes: boolean;
  hasTables: boolean;
};

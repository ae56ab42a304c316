import { createRedactor, type Redactor, type Secret } from '../../core/text/redact.ts';

export type SecretKeeper = Redactor & {
  /** Known to the host already, or found in its environment. */
  add(...secrets: readonly Secret[]): void;
  /** From now on masked everywhere: tokens that are made during the run are told here before they are used. */
  keep(...secrets: readonly Secret[]): void;
};

/** A redactor that learns. `mask` tells the host, whose runner masks what other programs print. */
export function createSecretKeeper(
  known: readonly Secret[],
  mask: (value: string) => void = () => {},
): SecretKeeper {
  const secrets = [...known];
  let redactor = createRedactor(secrets);
  const add = (...more: readonly Secret[]) => {
    secrets.push(...more);
    redactor = createRedactor(secrets);
  };
  return {
    add,
    redact: (text) => redactor.redact(text),
    finds: (text) => redactor.finds(text),
    keep(...more) {
      for (const { value } of more) mask(value);
      add(...more);
    },
  };
}

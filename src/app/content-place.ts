import { join } from 'node:path';
import type { Config } from '../core/config/schema.ts';
import { toTammaError } from '../core/errors.ts';
import type { Secret } from '../core/text/redact.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Host } from '../ports/host.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where content lies on this machine. Jobs of GitHub keep it out of the repository, where a step of the workflow takes it
 * up as an artifact.
 */
export function findContentDirectory(environment: Environment, stateDirectory: string): string {
  const { TAMMA_CONTENT_DIR: chosen, GITHUB_ACTIONS: inJob, RUNNER_TEMP: temporary } = environment;
  if (chosen) return chosen;
  return inJob === 'true' && temporary ? join(temporary, 'tamma-content') : join(stateDirectory, 'content');
}

/** What `auto` means here. */
export function chooseContent({ events }: Config): 'none' | 'directory' | 'branch' | 'table' {
  const { keep } = events.content;
  if (keep !== 'auto') return keep;
  return events.store === 'postgres' ? 'table' : 'directory';
}

export function findContentKeys({ events }: Config, environment: Environment) {
  const variable = events.content.keyEnv;
  return variable === null ? undefined : { variable, value: environment[variable] };
}

/** Each key by itself: none may be shown, with or without the others. */
export function contentSecrets(config: Config, environment: Environment): Secret[] {
  const { variable, value } = findContentKeys(config, environment) ?? {};
  const keys = (value ?? '').split(/[\s,]+/).map((entry) => entry.replace(/^[^:]*:/, ''));
  return variable ? keys.filter((key) => key !== '').map((key) => ({ name: variable, value: key })) : [];
}

/** Delivers what waits. What cannot be delivered now waits for the next run: it is no reason to fail. */
export async function closeContent(
  store: ContentStore,
  { host, redact }: { host: Pick<Host, 'report'>; redact(text: string): string },
): Promise<void> {
  try {
    await store.close();
  } catch (thrown) {
    const { message, help } = toTammaError(thrown);
    const text = redact(`content was not delivered to ${store.place}: ${message}. ${help}`);
    host.report({ kind: 'note', level: 'warning', text });
  }
}

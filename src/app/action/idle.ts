import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRequest } from './event-request.ts';
import { readEvent } from './events/read-event.ts';
import { readLineage } from './events/rounds.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why this run has nothing to do, told from its environment and the event's file alone, before anything is loaded;
 * undefined where it has. Only `command: auto` without an issue is decided by the event: who says what to do is obeyed.
 */
export function findIdleReason(environment: Environment): string | undefined {
  const { INPUT_COMMAND = 'auto', INPUT_ISSUE = '', INPUT_PHASE = '', GITHUB_EVENT_NAME = '' } = environment;
  if (INPUT_COMMAND.trim() !== 'auto' || INPUT_ISSUE.trim() !== '') return undefined;
  if (!['', 'all', 'gate'].includes(INPUT_PHASE.trim())) return undefined; // the gate has looked at the event
  if (GITHUB_EVENT_NAME === '') return undefined;
  const request = requestOfEvent(environment);
  return request.kind === 'idle'
    ? `nothing to do: ${GITHUB_EVENT_NAME.replace(/[^a-z_]/g, '')}: ${request.because}`
    : undefined;
}

/** What the event of this run asks for; a run without an event is a round over all issues. */
export function requestOfEvent(environment: Environment): EventRequest {
  const name = environment.GITHUB_EVENT_NAME ?? '';
  if (name === '') return { kind: 'orchestrate' };
  return readEvent({
    name,
    payload: readPayload(environment.GITHUB_EVENT_PATH),
    workflow: workflowOf(environment),
    mayMatter: (label) => mayMatter(label, environment),
  });
}

export function lineageOf({ GITHUB_EVENT_NAME: name = '', GITHUB_EVENT_PATH }: Environment): number {
  return name === 'workflow_dispatch' ? readLineage({ name, payload: readPayload(GITHUB_EVENT_PATH) }) : 0;
}

/** `owner/repo/.github/workflows/tamma.yml@refs/heads/main` → its path. */
export function workflowOf({ GITHUB_WORKFLOW_REF = '' }: Environment): string {
  return /^[^/]+\/[^/]+\/(\.github\/workflows\/[^/@]+)@/.exec(GITHUB_WORKFLOW_REF)?.[1] ?? '';
}

function readPayload(path: string | undefined): unknown {
  if (!path) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined; // no payload, no request: readers answer that with idle
  }
}

const CONFIG_FILES = ['.tamma/config.yml', '.tamma/config.yaml', '.tamma/config.json'];

/**
 * The default label does; another one only if the configuration in the checkout has its name somewhere. Where nothing
 * is checked out, the workflow's own `if` has let it through.
 */
function mayMatter(label: string, environment: Environment): boolean {
  if (label === 'tamma') return true;
  const directory = environment.GITHUB_WORKSPACE ?? '.';
  if (!existsSync(join(directory, '.git'))) return true;
  const given = environment.INPUT_CONFIG?.trim();
  return [...(given ? [given] : []), ...CONFIG_FILES].some((file) => {
    try {
      const text = readFileSync(join(directory, file), 'utf8');
      return text.includes(label) || /\\[ux]/.test(text); // an escape may hide it: look closer
    } catch {
      return false;
    }
  });
}

import { join } from 'node:path';
import { type ErrorCode, TammaError, toTammaError } from '../core/errors.ts';
import type { NewEvent } from '../core/events/event.ts';
import type { AppendCondition, AppendResult, LogHead } from '../ports/event-store.ts';
import { appendInBatches } from './append-batches.ts';
import { keepJournal } from './journal.ts';
import type { Runtime } from './runtime.ts';

/** What recording needs of a run. */
export type Recorder = Pick<
  Runtime,
  'store' | 'repository' | 'environment' | 'host' | 'clock' | 'redactor' | 'wait'
>;

const TRIES = 3;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** What says that something is about to be done: the run that could not record it does not do it, so nothing is lost. */
const ANNOUNCEMENTS: readonly string[] = ['WORKFLOW.STEP_STARTED', 'EFFECT.INTENDED', 'TRIGGER.ACTIVATED'];

/** What the store would refuse again, however often it is asked, and what is no fault of the log. */
const NOT_OF_THE_LOG: readonly ErrorCode[] = ['EVENT_INVALID', 'POLICY_VIOLATION'];

/**
 * Appends 1..100 events as one batch, with up to three attempts. Where all fail the events are kept in a journal that the
 * next run delivers, and the error is thrown, with `details.journal`: nothing goes on unrecorded.
 */
export function recordEvents(
  recorder: Recorder,
  events: readonly NewEvent[],
  condition?: AppendCondition,
): Promise<AppendResult> {
  return insist(recorder, { events, condition }, () => recorder.store.append(events, condition));
}

/** The same for any number of events; see `appendInBatches`. */
export function recordBatches(
  recorder: Recorder,
  events: readonly NewEvent[],
  condition?: AppendCondition,
): Promise<'appended' | 'conflict'> {
  return insist(recorder, { events, condition }, () => appendInBatches(recorder.store, events, condition));
}

/** True where the log is what failed: nothing that happened since is recorded, and nothing more may be done. */
export function isUnrecorded({ code, details }: TammaError): boolean {
  return code.startsWith('LOG_') || details.journal !== undefined;
}

/** Beside the repository, and in CI where the workflow finds it as the artifact that outlives the machine. */
export function journalFolders({
  repository,
  environment,
}: Pick<Recorder, 'repository' | 'environment'>): string[] {
  const { GITHUB_ACTIONS: isAction, RUNNER_TEMP: temporary } = environment;
  const own = join(repository.stateDirectory, 'journal');
  return isAction === 'true' && temporary ? [own, join(temporary, 'tamma-journal')] : [own];
}

type Wanted = { events: readonly NewEvent[]; condition: AppendCondition | undefined };

async function insist<T>(recorder: Recorder, wanted: Wanted, append: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await append();
    } catch (thrown) {
      const error = toTammaError(thrown);
      if (NOT_OF_THE_LOG.includes(error.code)) throw error;
      if (!error.retryable || attempt === TRIES)
        throw await keep(recorder, wanted, { error, attempts: attempt });
      const { message, retryAfterMs } = error;
      const text = `attempt ${attempt} to append to the log failed: ${recorder.redactor.redact(message)}`;
      recorder.host.report({ kind: 'note', level: 'warning', text });
      const waitMs = retryAfterMs ?? Math.random() * FIRST_WAIT_MS * 2 ** attempt;
      await recorder.wait(Math.min(waitMs, LONGEST_WAIT_MS));
    }
  }
}

/** The error to throw once the events are where they outlive the process, or where it is said that they are not. */
async function keep(
  recorder: Recorder,
  { events, condition }: Wanted,
  { error, attempts }: { error: TammaError; attempts: number },
): Promise<TammaError> {
  if (events.every(({ type }) => ANNOUNCEMENTS.includes(type))) return error;
  const why = recorder.redactor.redact(error.message);
  const kept = {
    keptAt: recorder.clock.now().toISOString(),
    holder: recorder.host.holder,
    place: recorder.store.place,
    seen: await findSeen(recorder),
    condition: condition ?? null,
    why,
    events: [...events],
  };
  const tried = attempts === 1 ? 'one attempt' : `${attempts} attempts`;
  try {
    const [journal = ''] = keepJournal(journalFolders(recorder), kept);
    return toKept(error, `${why}; after ${tried} its events (${events.length}) are kept in ${journal}`, {
      journal,
      help: `${error.help} The next run delivers what was kept, or \`tamma events append-pending\`.`,
    });
  } catch (second) {
    const lost = toTammaError(second).message;
    return toKept(
      error,
      `${why}; after ${tried} its events (${events.length}) could not even be kept on this machine: ${lost}`,
      {
        journal: null,
        help: `${error.help} The next run does the step again.`,
      },
    );
  }
}

function toKept(
  cause: TammaError,
  message: string,
  { journal, help }: { journal: string | null; help: string },
): TammaError {
  return new TammaError(cause.code, message, { help, details: { ...cause.details, journal }, cause });
}

/** Without asking anybody: whoever could answer does not. */
async function findSeen({ store }: Recorder): Promise<LogHead | null> {
  try {
    const { position, hash } = await store.head({ asSeen: true });
    return { position, hash };
  } catch {
    return null;
  }
}

import { TammaError } from '../../core/errors.ts';
import type { CommandRequest, CommandResult, Sandbox } from '../../ports/sandbox.ts';
import type { Confinement, Site } from './confinement.ts';
import { STARTED } from './inner-command.ts';
import { ensureOwner } from './owner.ts';
import { type ProcessOutcome, runProcess } from './run-process.ts';

const TIMEOUT_EXIT = 124;

/** The port over a confinement. A set-up that fails is SANDBOX_FAILED, never a red command. */
export function createSandbox(
  confinement: Confinement,
  { limits, tools }: Pick<Site, 'limits' | 'tools'>,
): Sandbox {
  return {
    level: confinement.level,
    weaknesses: confinement.weaknesses,
    ...(confinement.directoryInside === undefined ? {} : { directoryInside: confinement.directoryInside }),
    async run(request) {
      request.signal?.throwIfAborted();
      checkEnvironment(request);
      await ensureOwner(request.directory, confinement.identity, tools);
      const timeoutMs = request.timeoutMs ?? limits.timeoutMs;
      const spec = confinement.wrap({
        argv: request.argv,
        directory: request.directory,
        env: request.env ?? {},
        network: request.network ?? false,
        timeoutMs,
      });
      const outcome = await runProcess(spec, {
        timeoutMs,
        outputBytes: limits.outputBytes,
        signal: request.signal,
        stop: confinement.stop,
      }).catch((error) => {
        throw toFailure(confinement, String(error), error);
      });
      request.signal?.throwIfAborted();
      return toResult(confinement, outcome);
    },
  };
}

function checkEnvironment({ env = {} }: CommandRequest): void {
  const wrong = Object.keys(env).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined)
    throw new TammaError('UNEXPECTED', `not the name of a variable: ${JSON.stringify(wrong)}`);
}

function toResult(confinement: Confinement, outcome: ProcessOutcome): CommandResult {
  const { output, truncated, timedOut, durationMs } = outcome;
  if (timedOut) return { exitCode: TIMEOUT_EXIT, output, truncated, timedOut, durationMs };
  if (!outcome.messages.includes(STARTED)) {
    throw toFailure(confinement, outcome.messages.trim() || `exit code ${outcome.exitCode}`);
  }
  return { exitCode: outcome.exitCode, output, truncated, timedOut, durationMs };
}

function toFailure({ name }: Confinement, said: string, cause?: unknown): TammaError {
  const message = `the sandbox (${name}) could not start a command: ${said.slice(0, 500)}`;
  return new TammaError('SANDBOX_FAILED', message, { cause });
}

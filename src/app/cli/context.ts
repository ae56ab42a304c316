import { resolve } from 'node:path';
import { collectSecrets } from '../../core/text/redact.ts';
import { createPrompt } from '../../hosts/prompt.ts';
import { createSystemClock } from '../../hosts/system-clock.ts';
import { createTerminalHost, type TerminalHost } from '../../hosts/terminal.ts';
import { createPalette } from '../../lib/palette.ts';
import { ANCHOR_FILE } from '../anchor-file.ts';
import { createSecretKeeper } from '../credentials/secret-keeper.ts';
import type { Runtime } from '../runtime.ts';
import type { CommandContext, Options } from './command.ts';
import type { CliRequest, CliStream } from './main.ts';
import { chooseProgressView, isCi, wantsColour } from './progress.ts';

type Asked = { args: readonly string[]; options: Options };

/** What a command works with, each part made when it is first asked for. */
export function createCommandContext(request: CliRequest, asked: Asked, signal: AbortSignal) {
  const { environment, streams } = request;
  const { options, args } = asked;
  const clock = createSystemClock();
  const directory = resolve(options.repo ?? '.');
  let host: Promise<TerminalHost> | undefined;
  let runtime: Promise<Runtime> | undefined;

  async function createHost(): Promise<TerminalHost> {
    const runId = clock.newId();
    const view = await chooseProgressView({ stream: streams.stderr, environment, runId, now: clock.now });
    const keeper = createSecretKeeper(collectSecrets(environment));
    const mask = (value: string) => {
      keeper.add({ name: 'secret', value });
      // In a job of GitHub the runner reads this from any stream, and shows it nowhere.
      if (environment.GITHUB_ACTIONS === 'true')
        streams.stderr.write(`::add-mask::${toCommandData(value)}\n`);
    };
    return createTerminalHost({ runId, view, redact: keeper.redact, mask });
  }

  async function open(directory: string): Promise<Runtime> {
    const { compose } = await import('../compose.ts');
    return compose({
      directory,
      environment: {
        ...environment,
        ...(options.archive ? { TAMMA_ARCHIVE_DIR: resolve(options.archive) } : {}),
        ...(options.anchorFile ? { [ANCHOR_FILE]: resolve(options.anchorFile) } : {}),
      },
      host: await context.host(),
      clock,
      signal,
      ...(options.config ? { configFile: options.config } : {}),
      ...(options.remote ? { remote: options.remote } : {}),
      ...(options.platform ? { platform: options.platform } : {}),
      ...(options.sandbox ? { sandbox: options.sandbox } : {}),
      ...(options.recording ? { recording: resolve(options.recording) } : {}),
    });
  }

  const context: CommandContext = {
    options,
    args,
    environment,
    directory,
    clock,
    signal,
    palette: createPalette(wantsColour(environment, streams.stdout.isTTY)),
    host: () => (host ??= createHost()),
    runtime: () => (runtime ??= open(directory)),
    open,
    watched: Boolean(streams.stdout.isTTY && streams.stderr.isTTY) && !options.json && !isCi(environment),
    prompt: canAsk(request, options)
      ? createPrompt({ input: streams.stdin, output: streams.stderr, signal })
      : undefined,
    input: streams.stdin,
    output: streams.stdout,
    write: (text) => write(streams.stdout, text),
  };

  async function close(): Promise<void> {
    await runtime?.then((made) => made.close()).catch(() => {}); // what failed to open was already reported
    await host?.then((made) => made.close());
  }
  return { context, close };
}

/** As @actions/core escapes it: a command is one line. */
function toCommandData(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Somebody must be there to read the question and to type the answer. */
function canAsk({ environment, streams }: CliRequest, { json }: Options): boolean {
  return Boolean(streams.stdin.isTTY && streams.stderr.isTTY) && !json && !isCi(environment);
}

function write(stdout: CliStream, text: string): Promise<void> {
  return new Promise((done) => stdout.write(text, () => done()));
}

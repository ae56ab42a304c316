import { toTammaError } from '../../core/errors.ts';
import { asksForOverview, renderOverview } from './overview.ts';

/** The process as the command line sees it. */
export type CliStreams = {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: CliStream;
  stderr: CliStream;
};

export type CliStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export type CliRequest = {
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  streams: CliStreams;
  version: string;
};

/** One call of `tamma`, to its exit code. What it prints is printed; it ends no process but on a second Ctrl+C. */
export async function runCli(request: CliRequest): Promise<number> {
  const { stdout, stderr } = request.streams;
  endOnBrokenOutput(stdout, stderr);
  const wantsJson = request.argv.includes('--json');
  try {
    return await obey(request);
  } catch (thrown) {
    const error = toTammaError(thrown);
    const { describeError, toErrorJson } = await import('./describe-error.ts');
    const redact = await createRedact(request);
    if (wantsJson) stdout.write(redact(`${JSON.stringify(toErrorJson(error))}\n`));
    else stderr.write(redact(describeError(error, request.environment, stderr.isTTY)));
    return error.exitCode;
  }
}

async function obey(request: CliRequest): Promise<number> {
  if (asksForOverview(request.argv)) {
    request.streams.stdout.write(renderOverview());
    return 0;
  }
  const { parseCommandLine } = await import('./program.ts');
  const asked = parseCommandLine(request.argv, request.version);
  if (asked.kind === 'text') {
    request.streams.stdout.write(asked.text);
    return 0;
  }
  const command = await asked.row.load();
  const [{ createCommandContext }, { abortOnSignals }] = await Promise.all([
    import('./context.ts'),
    import('../../hosts/abort-on-signals.ts'),
  ]);
  const { signal, forget } = abortOnSignals();
  const { context, close } = createCommandContext(request, asked, signal);
  try {
    const result = await command(context);
    if (!result) return 0;
    const text = asked.options.json ? JSON.stringify(result.json) : result.text;
    const redact = await createRedact(request);
    if (text) await context.write(`${redact(text)}\n`);
    return result.exitCode ?? 0;
  } finally {
    await close();
    forget();
  }
}

/** Whatever an error or a project quotes: a key of this run is not printed. Marks hold nothing that JSON would escape. */
async function createRedact({ environment }: CliRequest): Promise<(text: string) => string> {
  const { collectSecrets, createRedactor } = await import('../../core/text/redact.ts');
  return createRedactor(collectSecrets(environment)).redact;
}

/** `tamma events list | head`: a reader that has seen enough is no failure. A full disk behind `>` is one. */
function endOnBrokenOutput(stdout: CliStream, stderr: CliStream): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    stderr.write(`✗ standard output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
}

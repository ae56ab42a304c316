import { type ComposeOptions, compose } from '../../../src/app/compose.ts';
import type { Runtime } from '../../../src/app/runtime.ts';
import { createSystemClock } from '../../../src/hosts/system-clock.ts';
import { createTerminalHost } from '../../../src/hosts/terminal.ts';
import type { Progress } from '../../../src/ports/host.ts';
import type { Provider } from '../../../src/ports/provider.ts';
import { createScriptedProvider, type Script } from '../scripted-provider.ts';
import type { SampleProject } from './sample-project.ts';

export type OpenOptions = Partial<Omit<ComposeOptions, 'directory'>> & {
  /** What the model says; a provider where its calls matter to the test. */
  model?: Script | Provider;
  /** Gets everything the run tells whoever watches it. */
  onProgress?: (progress: Progress) => void;
};

/** The sample composed as the command line does it, with a scripted model in place of the configured one. */
export function openSample(
  { directory }: Pick<SampleProject, 'directory'>,
  options: OpenOptions = {},
): Promise<Runtime> {
  const { model, onProgress = () => {}, decorate, ...rest } = options;
  const clock = createSystemClock();
  const provider = model && toProvider(model);
  return compose({
    directory,
    environment: { PATH: process.env.PATH },
    host: createTerminalHost({ runId: clock.newId(), view: { show: onProgress, close: () => {} } }),
    clock,
    signal: new AbortController().signal,
    sandbox: 'best-effort',
    secondMs: 10,
    ...rest,
    decorate: { ...(provider ? { provider: () => Promise.resolve(provider) } : {}), ...decorate },
  });
}

/** Opens the sample, uses it, and closes it whatever happened. */
export async function withSample<T>(
  project: SampleProject,
  options: OpenOptions,
  use: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const runtime = await openSample(project, options);
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}

function toProvider(model: Script | Provider): Provider {
  return 'chat' in model && typeof model.chat === 'function' && 'limits' in model
    ? (model as Provider)
    : createScriptedProvider({ answers: model as Script });
}

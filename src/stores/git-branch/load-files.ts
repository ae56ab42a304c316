import type { LogBackend } from './log-backend.ts';

/** `object`: what to ask the backend for. */
export type Loadable = { object: string };

/** `content` is undefined where there is no such file. */
export type Loaded<F extends Loadable> = { file: F; content: Buffer | undefined };

/** Files asked for at once: enough to keep git busy, few enough to keep memory small. */
const WINDOW = 64;

/** The contents of any number of files, in their order. */
export async function* loadInWindows<F extends Loadable>(
  backend: LogBackend,
  files: readonly F[],
): AsyncGenerator<Loaded<F>> {
  for (let start = 0; start < files.length; start += WINDOW) {
    yield* await loadAll(backend, files.slice(start, start + WINDOW));
  }
}

export function loadAll<F extends Loadable>(backend: LogBackend, files: readonly F[]): Promise<Loaded<F>[]> {
  return Promise.all(
    files.map(async (file) => {
      const object = await backend.read(file.object);
      return { file, content: object?.type === 'blob' ? object.content : undefined };
    }),
  );
}

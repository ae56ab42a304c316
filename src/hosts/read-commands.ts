import { createInterface } from 'node:readline';

export type CommandStreams = {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream & { isTTY?: boolean };
  signal: AbortSignal;
  /** Asked before every line; shown only where somebody types. */
  prompt(): string;
};

/**
 * The lines somebody types, one at a time, with history and editing on a terminal; or those of a file or a pipe. Ends with
 * the input, at Ctrl+C, and when the run is asked to stop.
 */
export async function* readCommands({
  input,
  output,
  signal,
  prompt,
}: CommandStreams): AsyncGenerator<string> {
  const terminal = Boolean(input.isTTY && output.isTTY);
  const reader = createInterface({ input, terminal, ...(terminal ? { output } : {}) });
  let isOpen = true;
  reader.once('close', () => {
    isOpen = false;
  });
  const close = () => reader.close();
  reader.once('SIGINT', close);
  signal.addEventListener('abort', close, { once: true });
  const ask = () => {
    if (!terminal || !isOpen) return;
    reader.setPrompt(prompt());
    reader.prompt();
  };
  try {
    const lines = reader[Symbol.asyncIterator]();
    ask();
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      yield line.value;
      ask();
    }
    if (terminal) output.write('\n'); // the prompt stands there without an answer
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

import { createInterface } from 'node:readline/promises';

export type PromptStreams = {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
};

export type Prompt = {
  /** One line, trimmed. Undefined where the input has ended or the run is being stopped: nobody answers any more. */
  ask(question: string): Promise<string | undefined>;
  say(text: string): void;
};

/** Questions and answers on a terminal. */
export function createPrompt({ input, output, signal }: PromptStreams): Prompt {
  return {
    say: (text) => void output.write(`${text}\n`),
    async ask(question) {
      const reader = createInterface({ input, output });
      const ended = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)));
      // Ctrl+C at a prompt means the same as anywhere else; readline would keep it to itself.
      reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      try {
        return await Promise.race([reader.question(question, { signal }), ended]).then((line) =>
          line?.trim(),
        );
      } catch {
        return undefined;
      } finally {
        reader.close();
      }
    },
  };
}

import { hideReasoning } from '../core/content/hide-reasoning.ts';
import { type KeptPrompt, toPromptRecord } from '../core/content/prompt-record.ts';
import type { KeepContent } from '../ports/content-store.ts';
import type { ChatRequest, ChatResponse } from '../ports/provider.ts';

/** Keeps what is said to a model and by it; each answers with what the event beside it has to say of that. */
export type CallKeeper = {
  prompt(request: ChatRequest): Promise<{ content?: string }>;
  answer(message: ChatResponse['message']): Promise<{ content?: string }>;
};

const keepNothing: KeepContent = () => Promise.resolve(undefined);

/** One for each session with a model: a prompt is kept as what is new since the one before. */
export function createCallKeeper(keep: KeepContent = keepNothing): CallKeeper {
  let previous: KeptPrompt | undefined;
  return {
    async prompt(asked) {
      const request = { ...asked, messages: hideReasoning(asked.messages) };
      const digest = await keep(toPromptRecord(request, previous), 'prompt');
      previous = digest === undefined ? undefined : { digest, request };
      return toContent(digest);
    },
    answer: async (message) => toContent(await keep(hideReasoning([message])[0], 'answer')),
  };
}

function toContent(digest: string | undefined): { content?: string } {
  return digest === undefined ? {} : { content: digest };
}

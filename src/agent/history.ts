import type { ContentPart, Message } from '../ports/provider.ts';

/** Results shorter than this stay: trimming them saves nothing. */
const SMALL = 600;
/** The newest messages stay as they are: what the model is working with. */
const RECENT = 6;
/** Source code has 3 to 4 characters a token with the tokenizers in use; the lower figure errs on the safe side. */
const CHARACTERS_PER_TOKEN = 3;

/** Above the first share of the context old tool results are cut, down to the second: seldom, so that prompt caches hold. */
const TRIM_ABOVE = 0.7;
const TRIM_TO = 0.4;

/**
 * The history with its oldest large tool results replaced by a note, where it fills the context; the same array where it
 * does not. Depends on nothing but the messages, so that a recorded session sees the same history again.
 */
export function trimHistory(messages: Message[], contextTokens: number): Message[] {
  let tokens = estimateTokens(messages);
  if (tokens <= contextTokens * TRIM_ABOVE) return messages;
  return messages.map((message, index) => {
    if (index >= messages.length - RECENT) return message;
    const parts = message.parts.map((part) => {
      if (tokens <= contextTokens * TRIM_TO) return part;
      const trimmed = trimPart(part);
      tokens -= Math.floor((sizeOf(part) - sizeOf(trimmed)) / CHARACTERS_PER_TOKEN);
      return trimmed;
    });
    return { role: message.role, parts };
  });
}

export function estimateTokens(messages: readonly Message[]): number {
  const characters = messages.flatMap(({ parts }) => parts).reduce((sum, part) => sum + sizeOf(part), 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function trimPart(part: ContentPart): ContentPart {
  if (part.type !== 'tool-result' || part.content.length < SMALL) return part;
  return {
    ...part,
    content: `(left out to save room: ${part.content.length} characters; call the tool again if you need them)`,
  };
}

function sizeOf(part: ContentPart): number {
  switch (part.type) {
    case 'text':
      return part.text.length;
    case 'tool-result':
      return part.content.length;
    case 'tool-call':
      return part.name.length + JSON.stringify(part.input ?? null).length;
    case 'reasoning':
      return JSON.stringify(part.opaque ?? null).length;
  }
}

import type { ChatRequest, ContentPart, Message, ToolSpec } from '../../src/ports/provider.ts';

export const readFileTool: ToolSpec = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

/** A small valid request, with what the test is about put in. */
export function createRequest(given: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'claude-opus-5-5',
    system: 'You write code.',
    messages: [user('hello')],
    tools: [],
    maxOutputTokens: 100,
    ...given,
  };
}

export function user(text: string): Message {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

export function assistant(...parts: ContentPart[]): Message {
  return { role: 'assistant', parts };
}

export function result(id: string, content: string, isError = false): ContentPart {
  return { type: 'tool-result', id, content, isError };
}

export function call(id: string, input: unknown, name = 'read_file'): ContentPart {
  return { type: 'tool-call', id, name, input };
}

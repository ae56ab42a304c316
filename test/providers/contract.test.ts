import { LLMock } from '@copilotkit/aimock';
import type { ModelLimits } from '../../src/ports/provider.ts';
import { createAnthropicMessages } from '../../src/providers/anthropic-messages.ts';
import { createOpenAIChat } from '../../src/providers/openai-chat.ts';
import { createRecordedProvider } from '../../src/providers/recorded.ts';
import { createRecordingProvider } from '../../src/providers/recording.ts';
import { createRetryingProvider } from '../../src/providers/retrying.ts';
import { parseSession, type Session, serialiseSession } from '../../src/providers/session-file.ts';
import { getQuirks } from '../../src/providers/vendors.ts';
import { conversation, converse, describeProvider, pickAnswer } from '../contracts/provider.ts';
import { createScriptedProvider, type ScriptedAnswer } from '../support/scripted-provider.ts';
import { startWireServer } from '../support/wire-server.ts';

const limits: ModelLimits = { contextTokens: 200_000, maxOutputTokens: 32_000, price: undefined };
const anthropic = {
  name: 'anthropic',
  vendor: 'anthropic',
  model: 'claude-opus-5-5',
  apiKey: 'test-key',
  limits,
};
const openai = {
  name: 'openai',
  vendor: 'openai',
  model: 'gpt-6-sol',
  apiKey: 'test-key',
  limits,
  quirks: getQuirks('openai'),
};

/** The vendors' SDKs against @copilotkit/aimock, which knows both wires from the vendors' documentation. */
async function startMock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  const add = (match: object, { text, toolCalls = [], usage }: ScriptedAnswer) =>
    mock.addFixture({
      match,
      response: {
        ...(text ? { content: text } : {}),
        ...(toolCalls.length > 0
          ? { toolCalls: toolCalls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })) }
          : {}),
        usage: {
          input_tokens: usage?.inputTokens ?? 0,
          output_tokens: usage?.outputTokens ?? 0,
          prompt_tokens: usage?.inputTokens ?? 0,
          completion_tokens: usage?.outputTokens ?? 0,
        },
      },
    });
  add({ userMessage: /^hello$/ }, conversation.hello);
  add({ userMessage: /weather in Rome/, hasToolResult: false }, conversation.weather);
  add({ userMessage: /weather in Rome/, hasToolResult: true }, conversation.sunny);
  await mock.start();
  return mock;
}

describeProvider('anthropic-messages against aimock', async () => {
  const mock = await startMock();
  const provider = await createAnthropicMessages({ ...anthropic, baseUrl: mock.url });
  return { provider, close: () => mock.stop() };
});

describeProvider('openai-chat against aimock', async () => {
  const mock = await startMock();
  const provider = await createOpenAIChat({ ...openai, baseUrl: `${mock.url}/v1` });
  return { provider, close: () => mock.stop() };
});

describeProvider('anthropic-messages against a server that checks requests', async () => {
  const server = await startWireServer(pickAnswer);
  return {
    provider: await createAnthropicMessages({ ...anthropic, baseUrl: server.url }),
    close: server.close,
  };
});

describeProvider('openai-chat against a server that checks requests', async () => {
  const server = await startWireServer(pickAnswer);
  return {
    provider: await createOpenAIChat({ ...openai, baseUrl: `${server.url}/v1` }),
    close: server.close,
  };
});

describeProvider('the scripted double', async () => ({ provider: createScripted(), close: async () => {} }));

describeProvider('the retrying provider', async () => ({
  provider: createRetryingProvider(createScripted()),
  close: async () => {},
}));

describeProvider('the recording provider', async () => ({
  provider: createRecordingProvider(createScripted(), { createdAt: new Date(0), save: () => {} }),
  close: async () => {},
}));

describeProvider('a recorded session', async () => {
  let saved: Session | undefined;
  const save = (session: Session) => {
    saved = session;
  };
  await converse(createRecordingProvider(createScripted(), { createdAt: new Date(0), save }));
  const session = parseSession(serialiseSession(saved as Session), 'session.json');
  return { provider: createRecordedProvider({ session }), close: async () => {} };
});

function createScripted() {
  return createScriptedProvider({ answers: ({ request }) => pickAnswer(JSON.stringify(request.messages)) });
}

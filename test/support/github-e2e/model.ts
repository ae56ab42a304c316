import { prompts } from '../../../src/agent/prompts/index.ts';
import type { QuickScript } from '../e2e/quick-script.ts';
import type { WireAnswer } from '../wire-events.ts';
import { startWireServer } from '../wire-server.ts';

/** What the model says to an issue, by words of its title; the first that fits. */
export type ModelScripts = readonly { title: string; script: Partial<QuickScript> }[];

export type ModelServer = {
  url: string;
  /** Tasks it was asked, in order: `#<title words> <task> <run>.<turn>`. */
  asked: string[];
  close(): Promise<void>;
};

type Message = { role: string; content: string | readonly { text?: string }[] };

/**
 * A vendor's server on this machine that says what the scripts say. It knows nothing but the requests: which task one
 * belongs to is read from its words, as a model would.
 */
export async function startModelServer(scripts: ModelScripts): Promise<ModelServer> {
  const asked: string[] = [];
  const runs = new Map<string, number>();
  const server = await startWireServer((text) => {
    const messages = JSON.parse(text) as Message[];
    const first = toText(messages[0]);
    const task = findTask(first);
    const turn = messages.filter(({ role }) => role === 'assistant').length + 1;
    const known = scripts.find(({ title }) => first.includes(title));
    const key = `${known?.title ?? '?'} ${task}`;
    if (turn === 1) runs.set(key, (runs.get(key) ?? 0) + 1);
    const run = runs.get(key) ?? 1;
    asked.push(`${key} ${run}.${turn}`);
    const all = known?.script[task as keyof QuickScript] ?? [];
    const answer = all[Math.min(run, all.length) - 1]?.[turn - 1];
    if (!answer) throw new Error(`the model has no answer to ${key}, run ${run}, turn ${turn}`);
    return answer satisfies WireAnswer;
  });
  return { url: server.url, asked, close: server.close };
}

function toText(message: Message | undefined): string {
  const content = message?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n');
}

/** Every prompt has a first line of its own. */
function findTask(text: string): string {
  const found = Object.entries(prompts).find(([name, { template }]) => {
    return name !== 'system' && text.includes(template.split('\n')[0] ?? template);
  });
  if (!found) throw new Error(`no task is known by these words: ${text.slice(0, 200)}`);
  return found[0];
}

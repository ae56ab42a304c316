import { describe, expect, test } from 'vitest';
import { checkRuleApproval } from '../../../src/app/phases/check-rule-approval.ts';
import { withoutHands, withoutPen } from '../../../src/app/phases/reading-runtime.ts';
import type { Runtime } from '../../../src/app/runtime.ts';
import type { ConfigInput } from '../../../src/core/config/schema.ts';
import { createDraft, type EventDraft } from '../../../src/core/events/event.ts';
import { DIGEST } from '../../support/event-log.ts';
import { samplePlan } from '../../support/sample-loop.ts';
import { createConfig } from '../../support/workbench.ts';

const plan = { ...samplePlan, risk: 'low' as const, options: [], newDependencies: [] };
const proposed = createDraft('DESIGN.PROPOSED', { digest: DIGEST('d'), plan, revision: 1, model: 'm' });
const granted = (more: object = {}) =>
  createDraft('APPROVAL.GRANTED', { kind: 'design', digest: DIGEST('d'), by: 'rule', ...more });

/** What the check looks at, and nothing else. */
function check(events: EventDraft[], { config = {}, labels = [] as string[] } = {}): Promise<void> {
  const platform = { issues: { get: () => Promise.resolve({ labels }) } };
  const runtime = { config: createConfig(config as ConfigInput), platform } as unknown as Runtime;
  return checkRuleApproval(runtime, 7, { status: 'completed', summary: '', events, intents: [] });
}

describe('an approval that no person gave', () => {
  test('is taken where the rule says the same here', async () => {
    await expect(check([proposed, granted()])).resolves.toBeUndefined();
    await expect(check([proposed])).resolves.toBeUndefined();
  });

  test.each<[string, EventDraft[], object]>([
    ['by a person', [proposed, granted({ by: 'person' })], {}],
    ['of a merge', [proposed, granted({ kind: 'merge' })], {}],
    ['of another plan', [proposed, granted({ digest: DIGEST('e') })], {}],
    ['of no plan', [granted()], {}],
    ['where a person is wanted', [proposed, granted()], { config: { approval: { design: 'required' } } }],
    ['where a label wants a choice', [proposed, granted()], { labels: ['design-options-needed'] }],
  ])('%s is refused', async (_name, events, more) => {
    await expect(check(events, more)).rejects.toMatchObject({ code: 'HAND_OVER_REFUSED' });
  });
});

describe('a job', () => {
  const runtime = { store: { read: 'left alone' } } as unknown as Runtime;
  const refused = { code: 'POLICY_VIOLATION' };

  test('that writes gets no model, no sandbox and no work tree', async () => {
    const job = withoutHands(runtime);
    await expect(job.provider('DESIGN')).rejects.toMatchObject(refused);
    await expect(job.sandbox()).rejects.toMatchObject(refused);
    await expect(job.workspace(7)).rejects.toMatchObject(refused);
  });

  test('that works does not write to the log', async () => {
    const job = withoutPen(runtime);
    await expect(job.store.append([])).rejects.toMatchObject(refused);
    expect(job.store.read).toBe('left alone');
  });
});

/** Recorded by `test/support/demo/record.ts`; imported one by one, so that a demo loads only its own. */
const sessions = {
  1: () => import('./sessions/1.json', { with: { type: 'json' } }),
  2: () => import('./sessions/2.json', { with: { type: 'json' } }),
  3: () => import('./sessions/3.json', { with: { type: 'json' } }),
} as const;

export type DemoIssue = keyof typeof sessions;

export function isDemoIssue(issue: number): issue is DemoIssue {
  return Object.hasOwn(sessions, issue);
}

/** The session file of one of the sample's issues. */
export async function readDemoSession(issue: DemoIssue): Promise<string> {
  return JSON.stringify((await sessions[issue]()).default);
}

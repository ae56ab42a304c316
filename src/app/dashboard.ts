import { TammaError } from '../core/errors.ts';
import { neutraliseMarkdown } from '../core/text/neutralise.ts';
import type { Issue } from '../ports/platform/issues.ts';
import { parseTicks, renderDashboard } from '../report/dashboard.ts';
import { DASHBOARD_LABEL } from './eligible.ts';
import { type Heard, obey } from './hear.ts';
import type { OrchestrateReport } from './reports.ts';
import type { Runtime } from './runtime.ts';
import { readSpending } from './spending.ts';
import { readAllStatus } from './status.ts';

const MARKER = 'dashboard';
const TITLE = 'Tamma dashboard';

/**
 * Brings the one dashboard issue up to date: opened where there is none, written only where its text is another. May be
 * repeated. Where every write to an issue is a commit, there is none.
 */
export async function refreshDashboard(
  runtime: Runtime,
  { picked, queue: rest, held = [] }: Pick<OrchestrateReport, 'picked' | 'queue' | 'held'>,
): Promise<Issue | undefined> {
  const { platform, config, projections, clock, redactor } = runtime;
  if (platform.capabilities.issueWrites !== 'api') return undefined;
  const loops = (await readAllStatus(runtime, { asSeen: true })).filter(({ state }) => state.issue);
  const known = new Set(loops.map(({ issue }) => issue));
  const queue = [...picked.map(({ issue }) => issue), ...rest].filter((issue) => !known.has(issue));
  if (loops.length === 0 && queue.length === 0 && held.length === 0) return undefined;
  const spent = await readSpending(projections, clock.now(), { asSeen: true });
  const limits = { ...config.budget, maxActive: config.select.maxActive };
  const text = renderDashboard({ loops, queue, held, spent, limits });
  const hosts = [platform.repository.split('/')[0] ?? ''];
  const body = neutraliseMarkdown(text, { allowedHosts: hosts, isTemplate: true });
  if (redactor.finds(body))
    throw new TammaError('POLICY_VIOLATION', 'the dashboard was not published: it holds a secret');
  const issue = await platform.issues.ensure({
    marker: MARKER,
    title: TITLE,
    body,
    labels: [DASHBOARD_LABEL],
  });
  const isSame = issue.body.trim() === body.trim();
  return isSame || isBeingTicked(issue, clock.now()) ? issue : platform.issues.update(issue.number, { body });
}

/** How long a box may stay ticked: the run that its event starts may have to queue, and finds what it is about then. */
const TICK_MINUTES = 10;

function isBeingTicked({ body, updatedAt }: Issue, now: Date): boolean {
  return parseTicks(body).length > 0 && now.getTime() - Date.parse(updatedAt) < TICK_MINUTES * 60_000;
}

/**
 * Carries out the boxes that are ticked on the dashboard as it stands now, for the person who edited it: by their
 * permission at this moment, and empties them. Only the dashboard that Tamma itself opened counts.
 */
export async function hearDashboard(
  runtime: Runtime,
  { number, by }: { number: number; by: { id: string; login: string } },
): Promise<Heard[]> {
  const { platform } = runtime;
  const issue = await platform.issues.get(number);
  const self = await platform.actors.self();
  const isOurs =
    issue.labels.includes(DASHBOARD_LABEL) && issue.author === self.login && issue.title === TITLE;
  if (!isOurs) return [{ status: 'ignored', because: 'it is not Tamma’s dashboard' }];
  const heard: Heard[] = [];
  for (const { command, issue: wanted } of parseTicks(issue.body)) {
    const said = { issue: wanted, command, argument: '', page: number };
    heard.push(await obey(runtime, { ...said, by: { ...by, kind: 'human' } }));
  }
  const emptied = issue.body.replace(/^( {0,4}- )\[[xX]\]/gm, '$1[ ]');
  if (heard.length > 0) await platform.issues.update(number, { body: emptied });
  return heard;
}

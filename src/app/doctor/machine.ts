import { gitText } from '../../lib/git.ts';
import { type Finding, fault, ok, warn } from './finding.ts';

/** Node 20.19 runs Tamma; the OpenAI wire needs 22 (openai 7.x, package.json "engines"). */
const NODE = [20, 19] as const;
/** `git merge-tree --write-tree` (git 2.38 release notes). */
const GIT = [2, 38] as const;

export function checkNode(version: string): Finding {
  if (!isAtLeast(version, NODE)) {
    const help = `Install Node ${NODE.join('.')} or newer; 24 is what Tamma is made with.`;
    return fault('node', version, { help });
  }
  if (isAtLeast(version, [22, 0])) return ok('node', version);
  return warn('node', version, { help: 'Providers on the OpenAI wire need Node 22 or newer.' });
}

export async function checkGit(): Promise<Finding> {
  const version = (await gitText(['version'])).replace(/^git version /, '');
  if (isAtLeast(version, GIT)) return ok('git', version);
  return fault('git', version, { help: `Install git ${GIT.join('.')} or newer.` });
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a = '0', b = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(a) > major || (Number(a) === major && Number(b) >= minor);
}

export async function checkCheckout(directory: string): Promise<Finding> {
  const { inspectCheckout } = await import('../../workspace/checkout.ts');
  const checkout = await inspectCheckout(directory);
  if (checkout.bare) return ok('checkout', 'a bare repository: nothing of yours is in the way');
  const { dirty } = await checkout.listChanges();
  if (dirty.length === 0) return ok('checkout', `${checkout.directory}, clean`);
  const files = dirty.slice(0, 5).join(', ');
  return warn('checkout', `changes that are not committed: ${files}${dirty.length > 5 ? ' …' : ''}`, {
    help: 'Tamma works elsewhere and sees commits only; commit or stash what it should know.',
  });
}

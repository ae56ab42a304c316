import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TammaError } from '../../core/errors.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import { bubblewrap } from './bubblewrap.ts';
import { checkPromises } from './check-promises.ts';
import type { Confinement, Rung, Site } from './confinement.ts';
import { createSandbox } from './create-sandbox.ts';
import { chooseIdentity } from './identity.ts';
import { createLayout, insideHome } from './layout.ts';
import { defaultLimits, type SandboxLimits } from './limits.ts';
import { ensureOwner } from './owner.ts';
import { writeReadable } from './skeleton.ts';
import { findTools } from './tools.ts';
import { createUnconfined } from './unconfined.ts';
import { unshareRungs } from './unshare.ts';

export type ProbeOptions = {
  /** `required` throws SANDBOX_MISSING where no rung holds; `best-effort` goes on without one and says what is weaker. */
  policy: 'required' | 'best-effort';
  /** An existing folder for what the sandbox itself needs, commands' HOME among it; the caller removes it in the end. */
  temporaryDirectory: string;
  /** Folders that commands must not see: the user's home, the runner's folders, the checkout. */
  hidden: readonly string[];
  /** Where the `node` is that commands use. Default: the one that runs this. */
  nodeDirectory?: string;
  /** The caller's PATH: entries that commands can see are kept, in order. */
  path?: string;
  limits?: Partial<SandboxLimits>;
  /** The rungs to try, by name, in the ladder's order. Default: all. `['none']` tries none. */
  rungs?: readonly string[];
};

/** The ladder, strongest first. */
export const ladder: readonly Rung[] = [bubblewrap, ...unshareRungs];

/**
 * Finds the strongest sandbox of this machine by running a command in it that looks for what it must not find. What
 * is written to HOME stays until the temporary folder is removed, so that what a fetch phase downloads is there later.
 */
export async function probeSandbox(options: ProbeOptions): Promise<Sandbox> {
  const site = createSite(options);
  await ensureOwner(site.places.home, site.identity, site.tools);
  const reasons: string[] = [];
  for (const rung of chooseRungs(options)) {
    const found = await tryRung(rung, site, options);
    if ('confinement' in found) return createSandbox(found.confinement, site);
    reasons.push(`${rung.name}: ${found.reason}`);
  }
  if (options.policy === 'required') throw describeMissing(reasons);
  return createSandbox(await createUnconfined(site, toOutsidePath(options)), site);
}

function chooseRungs({ rungs }: ProbeOptions): readonly Rung[] {
  if (process.platform !== 'linux') return [];
  return ladder.filter((rung) => rungs === undefined || rungs.includes(rung.name));
}

type Found = { confinement: Confinement } | { reason: string };

async function tryRung(rung: Rung, site: Site, options: ProbeOptions): Promise<Found> {
  const confinement = rung.prepare(site);
  if ('unavailable' in confinement) return { reason: confinement.unavailable };
  const directory = mkdtempSync(join(options.temporaryDirectory, 'probe-'));
  try {
    const { broken, weaknesses } = await checkPromises(createSandbox(confinement, site), {
      directory,
      hidden: options.hidden,
      node: site.layout.node,
    });
    if (broken.length > 0) return { reason: broken.join(', ') };
    return { confinement: { ...confinement, weaknesses: [...confinement.weaknesses, ...weaknesses] } };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function describeMissing(reasons: readonly string[]): TammaError {
  const tried =
    reasons.length > 0 ? `tried ${reasons.join('; ')}` : `Tamma knows none for ${process.platform}`;
  const message = `no sandbox works on this machine: ${tried}`;
  return new TammaError('SANDBOX_MISSING', message, { details: { tried: [...reasons] } });
}

function createSite(options: ProbeOptions): Site {
  const identity = chooseIdentity({
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    pid: process.pid,
  });
  const at = (name: string) => join(options.temporaryDirectory, name);
  const places = { home: at('home'), root: at('root'), temporary: at('tmp'), fstab: at('fstab') };
  for (const folder of [places.home, places.temporary, at('empty')]) mkdirSync(folder, { recursive: true });
  chmodSync(at('empty'), 0o755);
  const account = `sandbox:x:${identity.uid}:${identity.gid}:sandbox:${insideHome}:/bin/sh\n`;
  const props = {
    passwd: at('passwd'),
    group: at('group'),
    emptyFolder: at('empty'),
    emptyFile: at('nothing'),
  };
  writeReadable(
    props.passwd,
    `root:x:0:0:root:/root:/bin/sh\n${account}nobody:x:65534:65534:nobody:/:/bin/sh\n`,
  );
  writeReadable(props.group, `root:x:0:\nsandbox:x:${identity.gid}:\nnogroup:x:65534:\n`);
  writeReadable(props.emptyFile, '');
  const nodeDirectory = options.nodeDirectory ?? dirname(process.execPath);
  const layout = createLayout({ hidden: options.hidden, nodeDirectory, path: options.path ?? '', props });
  for (const bind of layout.homeBinds)
    mkdirSync(join(places.home, bind.to.slice(insideHome.length)), { recursive: true });
  return { identity, layout, places, tools: findTools(), limits: { ...defaultLimits, ...options.limits } };
}

/** Without a sandbox nothing is out of sight, so the caller's PATH is what commands know. */
function toOutsidePath({ nodeDirectory = dirname(process.execPath), path = '' }: ProbeOptions): string {
  return [
    ...new Set([
      nodeDirectory,
      ...path.split(':').filter((entry) => entry.startsWith('/')),
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
    ]),
  ].join(':');
}

import type { SandboxLevel } from '../../ports/sandbox.ts';
import type { Identity } from './identity.ts';
import type { Layout } from './layout.ts';
import type { SandboxLimits } from './limits.ts';
import type { ProcessSpec } from './run-process.ts';
import type { Tools } from './tools.ts';

/** What every rung of the ladder is made from. */
export type Site = {
  identity: Identity;
  layout: Layout;
  limits: SandboxLimits;
  tools: Tools;
  /** Folders of our own on the machine. */
  places: { home: string; root: string; temporary: string; fstab: string };
};

/** One command on its way into a confinement. */
export type ConfinedCommand = {
  argv: readonly string[];
  directory: string;
  env: Readonly<Record<string, string>>;
  network: boolean;
  timeoutMs: number;
};

/** One way to run a command. */
export type Confinement = {
  level: SandboxLevel;
  name: string;
  weaknesses: readonly string[];
  identity: Identity;
  /** Where the command sees its folder; undefined: at its own path. */
  directoryInside?: string;
  wrap(command: ConfinedCommand): ProcessSpec;
  /** Ends all of a running command; may be repeated. */
  stop(pid: number): void;
};

/** A rung that cannot be tried here says why. */
export type Attempt = Confinement | { unavailable: string };
export type Rung = { name: string; prepare(site: Site): Attempt };

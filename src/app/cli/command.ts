import type { Prompt } from '../../hosts/prompt.ts';
import type { Palette } from '../../lib/palette.ts';
import type { Anchor } from '../../ports/event-store.ts';
import type { Clock } from '../../ports/host.ts';
import type { ExportFormat } from '../../report/export.ts';
import type { Runtime } from '../runtime.ts';

/** Every option of every command, parsed. Which a command takes is in its row; commander refuses the others. */
export type Options = {
  json?: boolean;
  repo?: string;
  config?: string;
  remote?: string;
  platform?: string;
  sandbox?: 'required' | 'best-effort';
  recording?: string;
  dryRun?: boolean;
  issue?: number;
  next?: boolean;
  type?: string[];
  tag?: Record<string, string>;
  since?: string;
  until?: string;
  limit?: number;
  after?: number;
  file?: string[];
  format?: ExportFormat;
  output?: string;
  at?: string;
  diff?: string;
  why?: string;
  interactive?: boolean;
  compare?: string;
  run?: boolean;
  session?: string;
  html?: string;
  content?: boolean;
  archive?: string;
  before?: string;
  keep?: boolean;
  yes?: boolean;
  pr?: boolean;
  hardened?: boolean;
  anchor?: Anchor[];
  anchorFile?: string;
  strict?: boolean;
};

/** What a command has to work with. Nothing is opened before it is asked for. */
export type CommandContext = {
  options: Options;
  /** Positional arguments, in order. */
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the repository: --repo, or the working directory. */
  directory: string;
  clock: Clock;
  signal: AbortSignal;
  /** For what goes to standard output. */
  palette: Palette;
  /** Made on the first call; closed when the command has ended. */
  runtime(): Promise<Runtime>;
  /** Another repository, opened as this one is; whoever asks closes it. */
  open(directory: string): Promise<Runtime>;
  host(): Promise<Runtime['host']>;
  /** The reader has seen every step end, on the same terminal that the result goes to. */
  watched: boolean;
  /** Undefined where nobody is there to answer. */
  prompt: Prompt | undefined;
  /** Standard input. */
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Standard output, for what asks and answers. */
  output: NodeJS.WritableStream & { isTTY?: boolean };
  /** Writes to standard output at once, at the pace of the reader: for results too large to hold. */
  write(text: string): Promise<void>;
};

/** What a command came to: `json` with --json, `text` otherwise. Null: it has written everything itself. */
export type CommandResult = { exitCode?: number; json: unknown; text: string } | null;

export type Command = (context: CommandContext) => Promise<CommandResult>;

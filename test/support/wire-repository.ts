import { mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, gitText } from '../../src/lib/git.ts';
import {
  createObject,
  createTree,
  type NewObject,
  type ObjectFormat,
} from '../../src/lib/git-object-format.ts';
import {
  createGitWire,
  type GitWire,
  type GitWireOptions,
  type WireRequest,
} from '../../src/lib/git-wire/git-wire.ts';
import { createGitListener, type GitServerOptions } from './git-server.ts';

export const TOKEN = 'Bearer tok';

export type WireRepository = {
  gitDirectory: string;
  url: string;
  wire: GitWire;
  /** What this client sent. */
  sent: WireRequest[];
  git(...args: string[]): Promise<string>;
  /** Another client of the same repository; closed with it. */
  open(options?: Partial<GitWireOptions>): GitWire;
  close(): Promise<void>;
};

export type WireRepositoryOptions = Partial<GitServerOptions> & {
  format?: ObjectFormat;
  /** Sees a request before git does. */
  alter?: (request: IncomingMessage) => void;
  client?: Partial<GitWireOptions>;
};

/** A bare repository behind real `git http-backend`, and a client of it without git. */
export async function createWireRepository(options: WireRepositoryOptions = {}): Promise<WireRepository> {
  const { format = 'sha1', alter, client = {} } = options;
  const root = await mkdtemp(join(tmpdir(), 'tamma-wire-'));
  const gitDirectory = join(root, 'acme', 'log.git');
  await git(['init', '-q', '--template=', '--bare', `--object-format=${format}`, gitDirectory]);
  const listener = createGitListener({
    root,
    tokens: { tok: { login: 'bot', write: true }, reader: { login: 'eye', write: false } },
    ...options,
  });
  const server = http.createServer((request, response) => {
    alter?.(request);
    void listener.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/log.git`;
  const sent: WireRequest[] = [];
  const opened: GitWire[] = [];
  const open = (more: Partial<GitWireOptions> = {}) => {
    const wire = createGitWire({
      url,
      authorization: TOKEN,
      observe: (request) => sent.push(request),
      ...client,
      ...more,
    });
    opened.push(wire);
    return wire;
  };
  return {
    gitDirectory,
    url,
    wire: open(),
    sent,
    git: (...args) => gitText(args, { gitDirectory }),
    open,
    async close() {
      for (const wire of opened) wire.close();
      server.close();
      server.closeAllConnections();
      listener.stop();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

export type SampleCommit = { id: string; tree: string; objects: NewObject[] };

/** A commit of files in one folder, in memory. */
export function createSampleCommit(
  files: Readonly<Record<string, string>>,
  {
    parent,
    format = 'sha1',
    message = 'sample',
  }: { parent?: string; format?: ObjectFormat; message?: string } = {},
): SampleCommit {
  const blobs = Object.entries(files).map(([name, content]) => ({
    name,
    object: createObject('blob', content, format),
  }));
  const tree = createTree(
    blobs.map(({ name, object }) => ({ mode: '100644', name, id: object.id })),
    format,
  );
  const who = 'Sample <sample@example.org> 1700000000 +0000';
  const lines = [
    `tree ${tree.id}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${who}`,
    `committer ${who}`,
  ];
  const commit = createObject('commit', `${lines.join('\n')}\n\n${message}\n`, format);
  return { id: commit.id, tree: tree.id, objects: [...blobs.map(({ object }) => object), tree, commit] };
}

// Builds dist/ from src/. The result depends on the sources and the lock file alone, never on the machine
// or the checkout path: CI builds it again and compares.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { writeFoldVersion } from './fold-version.ts';
import { describeLicenses } from './licenses.ts';

const maxBytes = 6 * 1024 * 1024;
const shebang = '#!/usr/bin/env node\n';
const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');

type BuiltFile = { path: string; content: string };

await writeFoldVersion();
const chunks = await bundle();
const files: BuiltFile[] = [
  ...chunks.map((chunk) => ({ path: chunk.fileName, content: withShebang(chunk) })),
  { path: 'package.json', content: '{ "type": "module" }\n' },
  { path: 'LICENSES.txt', content: describeLicenses(chunks.flatMap((chunk) => chunk.moduleIds)) },
];
refuseCheckoutPaths(files);
const bytes = refuseLargeOutput(files);
write(files);
console.log(`dist: ${files.length} files, ${(bytes / 1024 / 1024).toFixed(2)} MiB`);

async function bundle(): Promise<OutputChunk[]> {
  const build = await rolldown({
    cwd: root,
    input: { index: 'src/action.ts', cli: 'src/cli.ts' },
    platform: 'node',
    transform: { target: 'node20' },
    // A warning is an import that will fail at run time, or worse: none is let through.
    onLog(level, log, pass) {
      if (level === 'warn') throw new Error(log.message);
      pass(level, log);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    sourcemap: false,
    comments: false, // The notices are in LICENSES.txt.
    // Names survive, so that a stack trace in someone's CI log can be read.
    minify: { compress: true, codegen: true, mangle: { keepNames: true } },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    hashCharacters: 'hex',
  });
  await build.close();
  return output.map((file) => {
    if (file.type !== 'chunk') throw new Error(`Unexpected asset in the bundle: ${file.fileName}`);
    return file;
  });
}

function withShebang({ name, code }: OutputChunk): string {
  return name === 'cli' && !code.startsWith('#!') ? shebang + code : code;
}

function refuseCheckoutPaths(built: BuiltFile[]): void {
  const paths = ['src/', 'node_modules/'].map((folder) => join(root, folder));
  const leaking = built.filter(({ content }) => paths.some((path) => content.includes(path)));
  if (leaking.length === 0) return;
  throw new Error(`A checkout path is in the output: ${leaking.map((file) => file.path).join(', ')}`);
}

function refuseLargeOutput(built: BuiltFile[]): number {
  const total = built.reduce((sum, file) => sum + Buffer.byteLength(file.content), 0);
  if (total > maxBytes) throw new Error(`dist/ would be ${total} bytes, more than the ${maxBytes} we allow.`);
  return total;
}

function write(built: BuiltFile[]): void {
  rmSync(dist, { recursive: true, force: true });
  for (const { path, content } of built) {
    const target = join(dist, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  chmodSync(join(dist, 'cli.js'), 0o755);
}

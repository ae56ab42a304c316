import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type MarkdownFile = {
  /** Relative to the root of the repository. */
  path: string;
  /** Without fenced blocks. */
  prose: string;
  /** Contents of the fenced blocks, with the word after the fence. */
  blocks: readonly { language: string; text: string }[];
  /** Contents of code spans in the prose. */
  spans: readonly string[];
  links: readonly string[];
  /** Fragments that links may lead to, as GitHub makes them of headings. */
  anchors: ReadonlySet<string>;
};

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

/** The documentation for people: at the root, below docs/ and below examples/. */
export function readMarkdownFiles(root: string): MarkdownFile[] {
  const atRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
  const below = ['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('.tamma'))
      .map((name) => join(folder, name)),
  );
  return [...atRoot, ...below].map((path) => parseMarkdown(path, readFileSync(join(root, path), 'utf8')));
}

export function parseMarkdown(path: string, text: string): MarkdownFile {
  const blocks = [...text.matchAll(FENCE)].map(([, language = '', inside = '']) => ({
    language,
    text: inside,
  }));
  const prose = text.replace(FENCE, '');
  const headings = [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  return {
    path,
    prose,
    blocks,
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    anchors: new Set(headings.map(toAnchor)),
  };
}

function toAnchor(heading: string): string {
  const words = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
  return words.replaceAll(' ', '-');
}

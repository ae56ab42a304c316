import type { LineContext } from './markdown-options.ts';
import { breakBotTokens, findToken, isSafeUrl, type Position } from './markdown-tokens.ts';

type Reader = Position & { runs: Map<number, number[]>; context: LineContext };

/** What stands at one place of the source, and what is written for it. Code is set off from what is before it. */
type Piece = { length: number; text: string; isCode?: boolean };

/**
 * One line of Markdown that is no fence, character by character as CommonMark reads it: code spans first, then escapes, then
 * the rest. A backtick without a partner in the same line is escaped, so that no other reader finds another partner.
 */
export function neutraliseLine(line: string, context: LineContext): string {
  const reader: Reader = { line, at: 0, before: '', isStart: true, runs: listRuns(line), context };
  const pieces: string[] = [];
  while (reader.at < line.length) {
    const { length, text, isCode } = readPiece(reader);
    // A backslash would escape the backtick, a backtick would join the run, a dollar would make it mathematics.
    if (isCode && /[`\\$]/.test(reader.before)) pieces.push(' ');
    pieces.push(text);
    reader.at += length;
    reader.before = text.at(-1) ?? reader.before;
    reader.isStart &&= /^[\s>*+\-\d.)]*$/.test(text);
  }
  return pieces.join('');
}

function readPiece(reader: Reader): Piece {
  switch (reader.line[reader.at]) {
    case '`':
      return readBackticks(reader);
    case '\\':
      return readEscape(reader);
    case '<':
      return { length: 1, text: '&lt;' };
    case '&':
      return readAmpersand(reader);
    case '!':
      return { length: 1, text: reader.line[reader.at + 1] === '[' ? '\\!' : '!' };
    case ']':
      return readBracket(reader);
    case '~':
      return readTildes(reader);
    default:
      return readText(reader);
  }
}

function readBackticks({ line, at, runs, context }: Reader): Piece {
  const run = /^`+/.exec(line.slice(at))?.[0] ?? '`';
  const end = takeNext(runs.get(run.length), at);
  const content = end === undefined ? undefined : toSafeContent(line.slice(at + run.length, end), context);
  if (end === undefined || content === undefined)
    return { length: run.length, text: '\\`'.repeat(run.length) };
  return { length: end + run.length - at, text: run + content + run, isCode: true };
}

/** Undefined where a table would cut the span in a place that we cannot tell. */
function toSafeContent(content: string, context: LineContext): string | undefined {
  const broken = breakBotTokens(content, context);
  if (!context.hasTables || !broken.includes('|')) return broken;
  return broken.includes('\\\\|') ? undefined : broken.replace(/(?<!\\)\|/g, '\\|');
}

/** Escapes that keep a character from being markup stay; from anything else the backslash goes, as it would when shown. */
function readEscape({ line, at, before, isStart }: Reader): Piece {
  const next = line[at + 1] ?? '';
  if (next === '<') return { length: 2, text: '&lt;' };
  const isMarkup =
    /[\\`*_[\](){}>&!|~]/.test(next) || (next === '#' && isStart && /^#*(?:\s|$)/.test(line.slice(at + 2)));
  const isListMark = /[-+.)]/.test(next) && isStart;
  const endsBracket = next === ':' && before === ']';
  if (isMarkup || isListMark || endsBracket) return { length: 2, text: `\\${next}` };
  return { length: 1, text: /[!-/:-@[-`{-~]/.test(next) ? '' : '\\' };
}

/** Entities are decoded before platforms look for mentions: `&#64;name` is one. */
function readAmpersand({ line, at }: Reader): Piece {
  const rest = line.slice(at, at + 40);
  const isOurs = /^&(?:lt|gt|amp|quot);/.test(rest);
  const isEntity = /^&(?:#\d{1,8}|#x[0-9a-f]{1,8}|[a-z][a-z0-9]{1,31});/i.test(rest);
  return { length: 1, text: isEntity && !isOurs ? '&amp;' : '&' };
}

const INLINE_LINK = /^\]\(\s*([^\s()<>"'`|\\]*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/;
const RELATIVE = /^(?=.)(?!www)(?:[\w.-][\w./-]*)?(?:#[A-Za-z_][\w-]*)?$/i;

/** A link stays where it leads to an allowed host or inside the repository; its title never does. */
function readBracket({ line, at, context }: Reader): Piece {
  if (line[at + 1] === ':') return { length: 2, text: ']\\:' };
  if (line[at + 1] !== '(') return { length: 1, text: ']' };
  const [whole = '', target = ''] = INLINE_LINK.exec(line.slice(at)) ?? [];
  // Links of foreign slots went when these were neutralised: what is left in a template is ours, and closes nothing.
  const isOurs = context.isTemplate === true;
  const isAllowed =
    RELATIVE.test(target) || isSafeUrl(target, isOurs ? { ...context, closes: false } : context);
  return whole && isAllowed ? { length: whole.length, text: `](${target})` } : { length: 2, text: ']\\(' };
}

/** Three of them at the start of a block would open a fence. */
function readTildes({ line, at }: Reader): Piece {
  const run = /^~+/.exec(line.slice(at))?.[0] ?? '~';
  return { length: run.length, text: run.length < 3 ? run : '\\~'.repeat(run.length) };
}

function readText(reader: Reader): Piece {
  const { line, at, context } = reader;
  const token = findToken(reader, context);
  if (!token) return { length: 1, text: line[at] ?? '' };
  return token.kind === 'keep'
    ? { length: token.length, text: token.shown }
    : { length: token.length, text: `\`${breakBotTokens(token.shown, context)}\``, isCode: true };
}

/** Where each run of backticks begins, by its length, the last one first. */
function listRuns(line: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of [...line.matchAll(/`+/g)].reverse()) {
    const starts = runs.get(run.length) ?? [];
    starts.push(index);
    runs.set(run.length, starts);
  }
  return runs;
}

/** The first start after `at`. The reader only goes forward, so what lies behind it is dropped. */
function takeNext(starts: number[] | undefined, at: number): number | undefined {
  while (starts?.length && (starts.at(-1) ?? 0) <= at) starts.pop();
  return starts?.at(-1);
}

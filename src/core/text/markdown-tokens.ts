import type { LineContext } from './markdown-options.ts';

/**
 * Names that bots listen to. They are broken up even in code: workflows test the raw text for them
 * (`contains(github.event.comment.body, '@claude')`).
 */
const BOTS =
  'dependabot|renovate|renovatebot|mergify|mergifyio|gemini-cli|gemini-code-assist|claude|copilot|codex|cursor|cursoragent|coderabbitai|greptileai|greptile|jules|openhands-agent|openhands|devin-ai-integration|sweep|bors|k8s-ci-robot|tamma';
const BOT_TOKENS = new RegExp(
  `([@＠])(${BOTS})|(?<![\\w/.-])(\\/)((?:tamma|gemini|codex|claude|copilot)(?![\\w/-]))`,
  'giu',
);

/** Close, fix, resolve in every form (GitHub), implement (GitLab): said anywhere, with markup in between or not. */
export function hasClosingKeyword(text: string): boolean {
  const keyword = /\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?)\b/i;
  return keyword.test(text.replace(/[*_~\\`]/g, '')) || keyword.test(text.replace(/[*_~\\`]/g, ' '));
}

/** Something in running text that platforms act on, or undefined. `kind`: what to do with it. */
export type Token = { length: number; shown: string; kind: 'keep' | 'code' };

/** A place in a line, with what was written before it: that is what other readers have there. */
export type Position = {
  line: string;
  at: number;
  before: string;
  /** Nothing but blanks and marks of lists and quotations stands before it. */
  isStart: boolean;
};

/** The token that begins at this place. */
export function findToken(position: Position, context: LineContext): Token | undefined {
  const token =
    findBotCommand(position) ??
    findMention(position, context) ??
    findUrl(position, context) ??
    findReference(position, context);
  return token?.kind === 'keep' && breakBotTokens(token.shown, context) !== token.shown
    ? { ...token, kind: 'code' }
    : token;
}

/** Some bots look at the raw text, where code is no protection. Our own templates tell people which of our commands to give. */
export function breakBotTokens(text: string, { isTemplate }: Pick<LineContext, 'isTemplate'>): string {
  return text.replace(BOT_TOKENS, (token, at?: string, name?: string, slash?: string, command?: string) => {
    if (at) return `${at} ${name}`;
    return isTemplate && token.toLowerCase() === '/tamma' ? token : `${slash} ${command}`;
  });
}

const BOT_COMMAND = /\/(?:tamma|gemini|codex|claude|copilot)(?![\w/-])/iy;
const QUICK_ACTION = /\/[A-Za-z_][\w-]*(?![\w/.-])/y;

/** A command at the start of a line, whatever it says; a known bot's anywhere. */
function findBotCommand({ line, at, before, isStart }: Position): Token | undefined {
  if (line[at] !== '/' || /[\w/.-]/.test(before)) return undefined;
  const command = match(BOT_COMMAND, line, at);
  if (command) return { length: command.length, shown: command, kind: 'code' };
  if (!isStart) return undefined;
  const action = match(QUICK_ACTION, line, at);
  return action ? { length: action.length, shown: action, kind: 'code' } : undefined;
}

const MENTION = /[@＠][\p{L}\p{N}_](?:[\p{L}\p{N}_./@＠-]*[\p{L}\p{N}_])?/uy;
const BOT_MENTION = new RegExp(`^.(?:${BOTS})`, 'iu');

function findMention({ line, at, before }: Position, context: LineContext): Token | undefined {
  if (line[at] !== '@' && line[at] !== '＠') return undefined;
  const mention = match(MENTION, line, at);
  if (!mention) {
    const next = line[at + 1];
    return next === undefined || /\s/.test(next) ? undefined : { length: 1, shown: '@', kind: 'code' };
  }
  if (BOT_MENTION.test(mention)) return { length: mention.length, shown: mention, kind: 'code' };
  const isAllowed = context.allowedMentions?.some(
    (login) => login.toLowerCase() === mention.slice(1).toLowerCase(),
  );
  const isEmail =
    /[A-Za-z0-9]/.test(before) &&
    !/[@＠]|www/i.test(mention.slice(1)) &&
    /^[.,;:!?)]*(?:[\s|]|$)/.test(line.slice(at + mention.length));
  return { length: mention.length, shown: mention, kind: isAllowed || isEmail ? 'keep' : 'code' };
}

const URL_LIKE = /(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:\/\/|www\.)[^\s<>`|\\]*/y;

function findUrl({ line, at, before }: Position, context: LineContext): Token | undefined {
  const raw = match(URL_LIKE, line, at) ?? '';
  const found = raw.replace(/[*_~.,;:!?'")\]}]+$/, '');
  if (!found || (found.startsWith('www') && /[A-Za-z0-9]/.test(before))) return undefined;
  // What stands next could be read as part of the address.
  const endsHere =
    /^(?:\s|$)/.test(line.slice(at + raw.length)) && /^[.,;:!?'")*_]*$/.test(raw.slice(found.length));
  return {
    length: found.length,
    shown: found,
    kind: endsHere && isSafeUrl(found, context) ? 'keep' : 'code',
  };
}

/** An allowed address that names no issue of this platform, where the text could close it. */
export function isSafeUrl(text: string, { closes, allowedHosts = [] }: LineContext): boolean {
  return (
    isAllowedUrl(text, allowedHosts) &&
    !(closes && /\/(?:issues?|pulls?|merge_requests|work_items)\/\d/.test(text))
  );
}

const REFERENCE = /(?:GH-\d+|(?:[A-Za-z0-9][\w.-]{0,100}\/){0,10}[A-Za-z0-9][\w.-]{0,100}#\d+|#\d+)\w*/iy;

/** References to other repositories always; other issues of this one only where the text could close them. */
function findReference({ line, at, before }: Position, context: LineContext): Token | undefined {
  if (line[at] !== '#' && /[A-Za-z0-9]/.test(before)) return undefined;
  const reference = match(REFERENCE, line, at);
  if (!reference) return undefined;
  const isOwn = reference === `#${context.ownIssue}`;
  const isActive = reference.includes('/') || (context.closes && !isOwn);
  return isActive ? { length: reference.length, shown: reference, kind: 'code' } : undefined;
}

/** An http(s) address of plain characters whose host, as parsed, is one of `hosts`; no user information, no punycode. */
function isAllowedUrl(text: string, hosts: readonly string[]): boolean {
  const address = text.startsWith('www.') ? `https://${text}` : text;
  if (!/^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9\-._~:/?#%&=+,]*)?$/.test(address)) return false;
  if (!URL.canParse(address)) return false;
  const { hostname, host, username, password } = new URL(address);
  if (username || password || /(?:^|\.)xn--/.test(hostname)) return false;
  return hosts.some((allowed) => allowed.toLowerCase() === host || allowed.toLowerCase() === hostname);
}

function match(pattern: RegExp, line: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0];
}

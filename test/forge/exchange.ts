import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Refusal } from './answers.ts';
import type { ForgeCore, RequestRecord } from './core.ts';
import { type FaultEffect, type RequestFacts, wantsStale } from './faults.ts';
import { answerGraphql, readOperations } from './graphql/execute.ts';
import { answerRest } from './rest.ts';
import { answerApp } from './routes/apps.ts';
import { drop, type Exchange, send } from './send.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Json, Token } from './state.ts';
import { findToken } from './tokens.ts';

/** One request of the API from its arrival to what is left in the log. */
export async function answerApi(
  core: ForgeCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange = await readExchange(core, request, response);
  const fault = core.faults.take(exchange.facts, exchange.record.token);
  exchange.record.fault = fault?.kind ?? null;
  if (fault?.kind === 'delay') await sleep(fault.milliseconds);
  if (fault?.kind === 'answer') return send(exchange, fault);
  if (fault?.kind === 'drop' && !fault.after) return drop(exchange);
  const answer = await perform(exchange, fault);
  exchange.record.effect = answer.status;
  checkContract(exchange, answer);
  if (fault?.kind === 'answer-after') return send(exchange, fault);
  if (fault?.kind === 'drop') return drop(exchange);
  if (fault?.kind === 'hang') return undefined;
  return send(exchange, answer);
}

async function readExchange(
  core: ForgeCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Exchange> {
  const url = new URL(request.url ?? '/', core.world.url);
  const path = url.pathname.replace(/^\/api\/v3(?=\/|$)/, '').replace(/^\/api\/graphql$/, '/graphql');
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const body = parseJson(text);
  const isGraphql = path === '/graphql';
  const { operations, isWrite } = isGraphql ? readOperations(body) : { operations: [], isWrite: false };
  const method = request.method ?? 'GET';
  const facts: RequestFacts = { kind: isGraphql ? 'graphql' : 'rest', method, path, operations };
  const token = findToken(core.world, request.headers.authorization);
  const record: RequestRecord = {
    ...facts,
    query: Object.fromEntries(url.searchParams),
    body,
    status: null,
    effect: null,
    token: token?.kind ?? null,
    login: token?.user.login ?? null,
    isWrite: isGraphql ? isWrite : method !== 'GET',
    apiVersion: String(request.headers['x-github-api-version'] ?? ''),
    fault: null,
  };
  core.requests.push(record);
  return { core, request, response, url, facts, body, record };
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Writes happen one after the other; what they caused is told before the answer goes out. */
function perform(exchange: Exchange, fault: FaultEffect | undefined): Promise<Answer> {
  const { core, record } = exchange;
  const run = async () => {
    try {
      const asApp = answerInOwnName(exchange);
      if (asApp) return asApp;
      const token = authenticate(exchange);
      const isStale = fault?.kind === 'stale';
      if (record.isWrite && core.faults.pending().some(wantsStale)) {
        core.former = await takeSnapshot(core.world);
      }
      return await route(exchange, token, isStale);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        core.violations.push({
          ...exchange.facts,
          problems: [`the forge failed: ${(error as Error).stack}`],
        });
        return { status: 500, body: { message: 'Server Error' } } satisfies Answer;
      }
      return { status: error.status, body: error.body, headers: error.headers };
    } finally {
      if (record.isWrite) await core.tellEvents();
    }
  };
  return record.isWrite ? core.inTurn(run) : run();
}

function answerInOwnName({ core, request, facts, body }: Exchange): Answer | undefined {
  const { authorization } = request.headers;
  return answerApp({
    world: core.world,
    authorization,
    method: facts.method,
    path: facts.path,
    body: (body ?? {}) as Json,
  });
}

function authenticate({ core, request, facts }: Exchange): Token {
  const token = findToken(core.world, request.headers.authorization);
  if (!token)
    throw new Refusal(401, request.headers.authorization ? 'Bad credentials' : 'Requires authentication');
  if (facts.path === '/rate_limit') return token;
  if (token.used >= token.limit) {
    throw new Refusal(
      403,
      `API rate limit exceeded for ${token.kind === 'pat' ? 'user' : 'installation'} ID ${token.user.id}.`,
    );
  }
  token.used += 1;
  return token;
}

async function route(exchange: Exchange, token: Token, isStale: boolean): Promise<Answer> {
  const { core, request, url, facts, body } = exchange;
  const version = request.headers['x-github-api-version'];
  if (version !== undefined && !['2022-11-28', '2026-03-10'].includes(String(version))) {
    throw new Refusal(400, `"${version}" is not a supported API version.`);
  }
  const repositories = (isStale && core.former) || core.world.repositories;
  const actor = { user: token.user, kind: token.kind };
  const shared = { world: core.world, token, actor, repositories };
  if (facts.kind === 'graphql') {
    const miss = (field: string) =>
      core.violations.push({ ...facts, problems: [`the forge does not resolve ${field}`] });
    return answerGraphql({ ...shared, miss }, body);
  }
  if (typeof body === 'string') throw new Refusal(400, 'Problems parsing JSON');
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  const answer = await answerRest({
    ...shared,
    headers,
    method: facts.method,
    path: facts.path,
    query: Object.fromEntries(url.searchParams),
    body: (body ?? {}) as Json,
  });
  if (answer) return answer;
  core.violations.push({ ...facts, problems: ['the forge has no such operation'] });
  throw new Refusal(404, 'Not Found');
}

function checkContract({ core, facts, url, body }: Exchange, answer: Answer): void {
  if (facts.kind !== 'rest' || !core.contract) return;
  const problems = core.contract.check({
    method: facts.method,
    path: facts.path,
    query: Object.fromEntries(url.searchParams),
    body,
    ...(answer.text === undefined && answer.status < 400
      ? { status: answer.status, answer: answer.body }
      : {}),
  });
  if (problems.length > 0) core.violations.push({ ...facts, problems });
}

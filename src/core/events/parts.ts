import { z } from 'zod';
import { gateIds, stepIds } from '../loop.ts';

/** The pieces that several events share. Texts are capped: an event is evidence, not a store of content. */
export const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
export const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** Digests of what is kept beside the log: the change as a diff, what commands printed. */
export const evidence = { diff: digest.optional(), log: digest.optional() };
export const line = z.string().max(500);
export const excerpt = z.string().max(8000);
export const path = z.string().min(1).max(1024);
export const usd = z.number().min(0);
export const milliseconds = z.int().min(0);
export const stepId = z.enum(stepIds);
export const gateId = z.enum(gateIds);
export const risk = z.enum(['low', 'medium', 'high']);
export const approvalKind = z.enum(['design', 'merge']);

/** Why a command was not carried out, for whoever counts; the words beside it are for people. */
export const refusalCode = z.enum([
  'not-a-person',
  'edited',
  'gone',
  'no-permission',
  'not-ours',
  'unknown-command',
  'unclear',
  'wrong-moment',
  'wrong-digest',
  'expired',
  'outdated',
  'head-moved',
  'own-pull',
  'overtaken',
  'busy',
]);

export const usage = z.strictObject({
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  cacheReadTokens: z.int().min(0),
  cacheWriteTokens: z.int().min(0),
});

export const finding = z.strictObject({
  severity: z.enum(['info', 'minor', 'major', 'critical']),
  path: path.optional(),
  line: z.int().min(1).optional(),
  rule: z.string().max(100).optional(),
  message: z.string().max(2000),
});

/** What a gate reports: enough to repair from, short enough to keep. */
export const report = z.strictObject({
  summary: line,
  findings: z.array(finding).max(50),
  output: excerpt.optional(),
});

export const question = z.strictObject({
  id: z.string().regex(/^q[1-9]$/),
  question: line,
  choices: z.array(line).min(2).max(6),
});

export const answer = z.strictObject({
  questionId: z.string().regex(/^q[1-9]$/),
  answer: z.string().min(1).max(2000),
});

export const planStep = z.strictObject({
  title: line,
  detail: z.string().max(2000),
  files: z.array(path).max(30),
});

export const plan = z.strictObject({
  summary: z.string().max(2000),
  steps: z.array(planStep).min(1).max(7),
  testPlan: z.string().max(2000),
  risk,
  riskReasons: z.array(line).max(8),
  breakingChange: z.strictObject({ expected: z.boolean(), reason: line }),
  newDependencies: z.array(z.string().max(200)).max(20),
  options: z.array(z.strictObject({ name: line, tradeOff: z.string().max(1000) })).max(4),
});

/** Who runs a step: enough to tell a living holder from a dead one on the same machine, and to name it elsewhere. */
export const holder = z.strictObject({
  runId: z.string().max(200),
  host: z.string().max(200),
  pid: z.int().min(0),
  /** The operating system's own start time of the process: a reused pid is not the same holder. */
  startedAt: z.string().max(60),
});

export type Finding = z.infer<typeof finding>;
export type Report = z.infer<typeof report>;
export type Question = z.infer<typeof question>;
export type Answer = z.infer<typeof answer>;
export type Plan = z.infer<typeof plan>;
export type Usage = z.infer<typeof usage>;
export type Holder = z.infer<typeof holder>;
export type Risk = z.infer<typeof risk>;
export type ApprovalKind = z.infer<typeof approvalKind>;
export type RefusalCode = z.infer<typeof refusalCode>;

import { type GateId, gateIds } from '../core/loop.ts';
import type { LoopState } from '../core/state.ts';
import { gateTitles, stepSymbols } from '../core/vocabulary.ts';
import { tableRow } from './markdown.ts';
import { toInline } from './untrusted.ts';

export type GateView = {
  gateId: GateId;
  passed: boolean;
  attempts: number;
  text: string;
  notes: readonly string[];
};

/** What every gate that has judged says now, in the order of the loop. */
export function listGates(state: LoopState): GateView[] {
  return gateIds.flatMap((gateId): GateView[] => {
    const passed = state.passedGates[gateId];
    const failed = state.failures.filter((failure) => failure.gateId === gateId);
    const attempts = (state.failedAttempts[gateId] ?? failed.length) + (passed ? 1 : 0);
    if (passed) return [{ gateId, passed: true, attempts, text: passed.summary, notes: passed.notes }];
    const newest = failed.at(-1);
    return newest ? [{ gateId, passed: false, attempts, text: newest.report.summary, notes: [] }] : [];
  });
}

/** The same as a table; empty while no gate has judged. */
export function renderGates(state: LoopState): string {
  const gates = listGates(state);
  if (gates.length === 0) return '';
  const rows = gates.map((gate) =>
    tableRow([
      stepSymbols[gate.passed ? 'completed' : 'gate-failed'],
      gateTitles[gate.gateId],
      String(gate.attempts),
      withoutRepeats([gate.text, ...gate.notes])
        .map((text) => toInline(text, 300))
        .join('; '),
    ]),
  );
  return [tableRow(['', 'Gate', 'Attempts', 'What it says']), '|---|---|--:|---|', ...rows].join('\n');
}

/** A note that says the same and more takes the place of what it says again. */
function withoutRepeats(texts: readonly string[]): string[] {
  return texts.filter((text, at) => !texts.some((other, place) => place > at && other.startsWith(text)));
}

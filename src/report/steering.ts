import type { LoopState } from '../core/state.ts';
import { code } from './markdown.ts';
import { type RenderOptions, writeCommand } from './render-options.ts';

const offers = {
  new: ['run'],
  active: ['take-over', 'stop'],
  waiting: ['take-over', 'stop'],
  escalated: [],
  'taken-over': ['resume', 'stop'],
  stopped: ['resume'],
  done: [],
} as const satisfies Record<LoopState['status'], readonly string[]>;

/** How people take the wheel, in one line; empty where nothing is left to steer, or all of it was said. */
export function renderSteering(state: LoopState, options: RenderOptions): string {
  const offered = offers[state.status].map((command) => code(writeCommand(options, command)));
  if (offered.length === 0) return '';
  const commands = offered.join(' or ');
  return options.commandPrefix === '/tamma'
    ? `Steer with a new comment: ${commands} with write access, ${code('/tamma status')} by anybody.`
    : `Steer with ${commands}.`;
}

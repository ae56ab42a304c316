import type { EventType } from '../events/catalogue.ts';
import type { KnownEvent } from '../events/event.ts';
import type { LoopState } from './types.ts';

/** What of the state is different after an event. */
export type Fold<T extends EventType> = (state: LoopState, event: KnownEvent<T>) => Partial<LoopState>;

/** One row a state-changing event; events without a row in any table change nothing. */
export type Folds = { [T in EventType]?: Fold<T> };

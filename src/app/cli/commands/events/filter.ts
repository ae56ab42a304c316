import type { EventFilter } from '../../../events.ts';
import type { Options } from '../../command.ts';

/** The options of every command that picks events. */
export function toFilter({ issue, type, tag, after, since, until, limit }: Options): EventFilter {
  return {
    ...(issue === undefined ? {} : { issue }),
    ...(type ? { types: type } : {}),
    ...(tag ? { tags: tag } : {}),
    ...(after === undefined ? {} : { after }),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}
